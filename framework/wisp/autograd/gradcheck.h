// gradcheck and gradgradcheck: analytic derivatives against central differences, in f64.
#pragma once

#include <functional>

#include <wisp/core/tensor.h>

namespace wisp {

/// A function of tensors, as gradcheck sees it.
using TensorFunction = std::function<Tensors(const Tensors&)>;

struct GradcheckOptions {
  double eps = 1e-6;   ///< step of the central difference
  double atol = 1e-5;  ///< |analytic - numeric| <= atol + rtol |numeric|
  double rtol = 1e-3;
  /// Compare v^T J u for random u and v instead of the whole Jacobian J: two evaluations however many inputs.
  bool fast_mode = false;
};

/// Compares the Jacobian of `function` at `inputs` with (f(x + eps e) - f(x - eps e)) / (2 eps), for every element of
/// the inputs that require grad. Returns true, or throws Error with the first element that disagrees.
/// Inputs must be f64. Kinks (relu at 0, ties in max_pool2d) must be farther than eps away.
bool gradcheck(const TensorFunction& function, const Tensors& inputs, const GradcheckOptions& options = {});

/// gradcheck of the first derivative: of (x, v) -> gradient of <v, f(x)>, with random v.
bool gradgradcheck(const TensorFunction& function, const Tensors& inputs, const GradcheckOptions& options = {});

}  // namespace wisp
