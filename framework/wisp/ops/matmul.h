// matmul and linear: products of matrices, f32, f64 or bf16, all operands of one dtype (else Error). Under Autocast f32
// operands are rounded to bf16 (autocast.h).
#pragma once

#include <wisp/core/tensor.h>

namespace wisp {

/// PyTorch's matmul: (M,K) x (K,N) -> (M,N). A vector on the left is a row, on the right a column, and the added
/// dimension is dropped again. Dimensions before the last two are batches and broadcast.
/// Gradients: g b^T, a^T g. Throws Error when the inner extents differ or an operand has rank 0.
Tensor matmul(const Tensor& a, const Tensor& b);

/// y = x w^T + bias for x (..., in), w (out, in), bias (out) or undefined; y is (..., out).
/// Throws Error when the extents do not agree.
Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias = {});

}  // namespace wisp
