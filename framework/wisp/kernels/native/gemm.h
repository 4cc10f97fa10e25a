// Matrix multiplication by this library's own kernels.
#pragma once

#include <wisp/kernels/gemm.h>

namespace wisp::kernels::native {

/// gemm of kernels/gemm.h for T float or double. Same bits for any number of threads.
template <class T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<T>& a, const Matrix<T>& b, T* c,
          std::int64_t c_stride);

}  // namespace wisp::kernels::native
