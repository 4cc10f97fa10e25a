#include "swish.h"

#include <cmath>

#include <wisp/autograd/node.h>
#include <wisp/autograd/recorder.h>

namespace consumer {

using wisp::Tensor;
using wisp::Tensors;

Tensor composed_swish(const Tensor& x) { return x * wisp::sigmoid(x); }

Tensor swish(const Tensor& x) {
  if (wisp::autograd::has_recorder()) return composed_swish(x);
  Tensor y = Tensor::empty(x.shape());
  const float* const in = x.data<float>();
  float* const out = y.mutable_data<float>();
  for (std::int64_t i = 0; i < x.numel(); ++i) out[i] = in[i] / (1 + std::exp(-in[i]));
  return wisp::autograd::record("swish", y, {x}, {{x}}, [](const wisp::autograd::Cotangents& c) {
    const Tensor s = wisp::sigmoid(c.saved(0));
    return Tensors{c.grad() * (s + c.saved(0) * s * (1.0 - s))};
  });
}

}  // namespace consumer
