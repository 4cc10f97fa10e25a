// General matrix multiplication on row-major matrices.
#pragma once

#include <cstdint>

namespace wisp::kernels {

/// A row-major operand: element (i, j) is data[i * stride + j], or data[j * stride + i] when transposed.
template <class T>
struct Matrix {
  const T* data = nullptr;
  std::int64_t stride = 0;
  bool transposed = false;
};

/// c[i, j] = sum over l < k of a(i, l) b(l, j), for i < m, j < n; c has row stride `c_stride`. Overwrites c, also for k
/// = 0. T is float, double or bfloat16; of bfloat16 the sum is a float, R is float or bfloat16. Runs the implementation
/// that gemm_implementations.h chooses.
template <class T, class R = T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<T>& a, const Matrix<T>& b, R* c,
          std::int64_t c_stride);

}  // namespace wisp::kernels
