#include <wisp/kernels/native/gemm.h>

#include <wisp/kernels/native/matrix_operands.h>
#include <wisp/kernels/native/packed_gemm.h>

namespace wisp::kernels::native {

template <class T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<T>& a, const Matrix<T>& b, T* c,
          std::int64_t c_stride) {
  const auto with_left = [&](const auto& left) {
    if (b.transposed) {
      packed_gemm(m, n, k, left, RightTransposed<T>{b.data, b.stride}, c, c_stride);
    } else {
      packed_gemm(m, n, k, left, RightMatrix<T>{b.data, b.stride}, c, c_stride);
    }
  };
  if (a.transposed) {
    with_left(LeftTransposed<T>{a.data, a.stride});
  } else {
    with_left(LeftMatrix<T>{a.data, a.stride});
  }
}

template void gemm(std::int64_t, std::int64_t, std::int64_t, const Matrix<float>&, const Matrix<float>&, float*,
                   std::int64_t);
template void gemm(std::int64_t, std::int64_t, std::int64_t, const Matrix<double>&, const Matrix<double>&, double*,
                   std::int64_t);

}  // namespace wisp::kernels::native
