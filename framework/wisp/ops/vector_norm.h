// vector_norm: the length of a tensor's elements.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp {

/// The 2-norm of all elements together, sqrt(sum of x^2), as a number: nothing is recorded. It over- or underflows only
/// where the norm itself does; NaN where there is one. f32, f64 or bf16, else Error.
double vector_norm(const Tensor& x);

}  // namespace wisp
