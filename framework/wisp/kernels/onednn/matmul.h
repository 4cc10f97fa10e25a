// Matrix multiplication through oneDNN.
#pragma once

#include <compare>
#include <cstdint>

#include <wisp/core/dtype.h>

namespace wisp::kernels::onednn {

/// c = a b, or c += a b: m x n, sum over k. Row strides as in gemm.h.
struct MatmulProblem {
  std::int64_t m = 0, n = 0, k = 0;
  std::int64_t a_stride = 0;
  bool a_transposed = false;
  std::int64_t b_stride = 0;
  bool b_transposed = false;
  std::int64_t c_stride = 0;
  DType operand = DType::f32;  ///< f32 or bf16
  DType result = DType::f32;
  bool accumulate = false;

  auto operator<=>(const MatmulProblem&) const = default;
};

void matmul(const MatmulProblem& problem, const void* a, const void* b, void* c);

}  // namespace wisp::kernels::onednn
