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
/// = 0. T is float or double. Same bits for any number of threads.
template <class T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<T>& a, const Matrix<T>& b, T* c,
          std::int64_t c_stride);

}  // namespace wisp::kernels
