// norm: Euclidean lengths.
#pragma once

#include <vector>

#include <wisp/core/tensor.h>

namespace wisp {

/// sqrt(sum of x^2 over `dims`) (all when empty; keepdim leaves them with extent 1), f32, f64 or bf16, where no square
/// over- or underflows: of (1e20, 1e20) in f32 it is 1.4e20. Gradient: g x / norm, 0 where the norm is 0. Throws Error
/// on a dimension out of range or named twice. As torch.linalg.vector_norm.
Tensor norm(const Tensor& x, const std::vector<int>& dims = {}, bool keepdim = false);

}  // namespace wisp
