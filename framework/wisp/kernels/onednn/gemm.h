// Matrix multiplication through oneDNN.
#pragma once

#include <wisp/kernels/gemm_implementations.h>

namespace wisp::kernels::onednn {

/// c = a b, or c += a b, for operands of f32 or bf16: m x n, sum over k.
void matmul(const GemmProblem& problem, const void* a, const void* b, void* c, bool accumulate = false);

}  // namespace wisp::kernels::onednn
