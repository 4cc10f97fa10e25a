// exp, log, sqrt, square, abs, sign: elementwise functions of one tensor, f32, f64 or bf16 (else Error).
#pragma once

#include <wisp/core/tensor.h>

namespace wisp {

/// e^x. Gradient: g y.
Tensor exp(const Tensor& x);
/// Natural logarithm; NaN below 0, -infinity at 0. Gradient: g / x.
Tensor log(const Tensor& x);
/// Square root; NaN below 0. Gradient: g / (2 y).
Tensor sqrt(const Tensor& x);
/// x^2. Gradient: 2 g x.
Tensor square(const Tensor& x);
/// |x|. Gradient: g sign(x), 0 at 0.
Tensor abs(const Tensor& x);
/// -1, 0 or 1; NaN of NaN. Its gradient is 0 everywhere, so it is not recorded.
Tensor sign(const Tensor& x);

}  // namespace wisp
