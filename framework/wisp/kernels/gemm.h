// General matrix multiplication on row-major matrices.
#pragma once

#include <compare>
#include <cstdint>

#include <wisp/core/dtype.h>

namespace wisp::kernels {

/// A row-major operand: element (i, j) is data[i * stride + j], or data[j * stride + i] when transposed.
template <class T>
struct Matrix {
  const T* data = nullptr;
  std::int64_t stride = 0;
  bool transposed = false;
};

/// c = a b with row strides: m x n, sum over k.
struct GemmProblem {
  std::int64_t m, n, k;
  std::int64_t a_stride;
  bool a_transposed;
  std::int64_t b_stride;
  bool b_transposed;
  std::int64_t c_stride;
  DType operand;  ///< f32, f64 or bf16
  DType result;   ///< that of the operands, or f32 for bf16

  auto operator<=>(const GemmProblem&) const = default;
};

/// c = a b by the implementation that gemm_implementations.h chooses. Throws Error where a backend was forced that
/// cannot.
void compute(const GemmProblem& problem, const void* a, const void* b, void* c);

/// c[i, j] = sum over l < k of a(i, l) b(l, j), for i < m, j < n; c has row stride `c_stride`. Overwrites c, also for k
/// = 0. T is float, double or bfloat16; of bfloat16 the sum is a float, R is float or bfloat16.
template <class T, class R = T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<T>& a, const Matrix<T>& b, R* c,
          std::int64_t c_stride) {
  compute({m, n, k, a.stride, a.transposed, b.stride, b.transposed, c_stride, dtype_of<T>, dtype_of<R>}, a.data, b.data,
          c);
}

}  // namespace wisp::kernels
