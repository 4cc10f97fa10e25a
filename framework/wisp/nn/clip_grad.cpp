#include <wisp/nn/clip_grad.h>

#include <cmath>
#include <vector>

#include <wisp/autograd/grad_mode.h>
#include <wisp/core/distinct.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/norm.h>

namespace wisp::nn {

double grad_norm(const Tensors& parameters) {
  check_distinct("grad_norm", "parameter", parameters);
  const NoGrad guard;
  const auto length = [](const Tensor& x) { return norm(x.to(DType::f64)).item<double>(); };
  std::vector<double> norms;
  for (const Tensor& parameter : parameters)
    if (const Tensor gradient = parameter.grad(); gradient.defined()) norms.push_back(length(gradient));
  return length(Tensor::from({static_cast<std::int64_t>(norms.size())}, norms));
}

double clip_grad_norm_(const Tensors& parameters, double max_norm) {
  check(max_norm > 0, "clip_grad_norm_: max_norm must be above 0, given {}", max_norm);
  check_distinct("clip_grad_norm_", "parameter", parameters);
  const NoGrad guard;
  const double norm = grad_norm(parameters), factor = max_norm / (norm + 1e-6);
  if (std::isfinite(norm) && factor < 1)
    for (Tensor parameter : parameters)
      if (const Tensor gradient = parameter.grad(); gradient.defined())  // in double: as f32 the factor may be 0
        parameter.set_grad((gradient.to(DType::f64) * factor).to(gradient.dtype()));
  return norm;
}

}  // namespace wisp::nn
