#include <wisp/kernels/native/conv2d.h>
#include <wisp/kernels/native/depthwise.h>
#include <wisp/kernels/native/gemm.h>
#include <wisp/kernels/native/groups.h>
#include <wisp/kernels/native/im2col.h>
#include <wisp/kernels/native/matrix_operands.h>
#include <wisp/kernels/native/packed_gemm.h>

namespace wisp::kernels::native {
namespace {

constexpr std::int64_t few_taps = 32;
constexpr std::int64_t many_filters = 4096;

}  // namespace

// w (filters x taps) = y^T (filters x pixels) im2col(x) (pixels x taps)
template <class T>
void conv2d_grad_weight(const Conv2dGeometry& geometry, const T* x, const T* y, T* w) {
  const Im2col matrix(geometry, 0);
  const std::int64_t pixels = matrix.rows();
  const std::int64_t taps = matrix.columns();
  const std::int64_t filters = geometry.filters / geometry.groups;
  if (Depthwise<T>::supports(geometry)) return Depthwise<T>(geometry).conv2d_grad_weight(x, y, w);
  if (matrix.is_image()) return gemm<T>(filters, taps, pixels, {y, filters, true}, {x, taps}, w, taps);
  for_each_group(geometry, [&](std::int64_t group) {
    const T* const from = y + group * filters;
    T* const to = w + group * filters * taps;
    if (taps <= few_taps && taps < filters && filters <= many_filters) {
      // The operand with more columns is then y, which packs as it lies in memory.
      T* const transposed = scratch<T>(Slot::result, taps * filters);
      packed_gemm(taps, filters, pixels, LeftIm2colTransposed<T>{x, {geometry, group}},
                  RightMatrix<T>{from, geometry.filters}, transposed, filters);
      transpose(transposed, filters, filters, taps, to, taps);
    } else {
      packed_gemm(filters, taps, pixels, LeftTransposed<T>{from, geometry.filters},
                  RightIm2col<T>{x, {geometry, group}}, to, taps);
    }
  });
}

template void conv2d_grad_weight(const Conv2dGeometry&, const float*, const float*, float*);
template void conv2d_grad_weight(const Conv2dGeometry&, const double*, const double*, double*);

}  // namespace wisp::kernels::native
