#include <wisp/nn/clip_grad.h>

#include <cmath>

#include <wisp/autograd/grad_mode.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp::nn {

double grad_norm(const Tensors& parameters) {
  const NoGrad guard;
  double total = 0;
  for (const Tensor& parameter : parameters)
    if (const Tensor gradient = parameter.grad(); gradient.defined())
      total += sum(square(gradient)).to(DType::f64).item<double>();
  return std::sqrt(total);
}

double clip_grad_norm_(const Tensors& parameters, double max_norm) {
  check(max_norm > 0, "clip_grad_norm_: max_norm must be above 0, given {}", max_norm);
  const NoGrad guard;
  const double norm = grad_norm(parameters), factor = max_norm / (norm + 1e-6);
  if (std::isfinite(norm) && factor < 1)
    for (Tensor parameter : parameters)
      if (const Tensor gradient = parameter.grad(); gradient.defined()) parameter.set_grad(gradient * factor);
  return norm;
}

}  // namespace wisp::nn
