#include <wisp/kernels/native/conv2d.h>

#include <wisp/kernels/native/depthwise.h>
#include <wisp/kernels/native/gemm.h>
#include <wisp/kernels/native/groups.h>
#include <wisp/kernels/native/im2col.h>
#include <wisp/kernels/native/matrix_operands.h>
#include <wisp/kernels/native/packed_gemm.h>

namespace wisp::kernels::native {

// y (pixels x filters) = im2col(x) (pixels x taps) w^T (taps x filters)
template <class T>
void conv2d(const Conv2dGeometry& geometry, const T* x, const T* w, T* y) {
  const Im2col matrix(geometry, 0);
  const std::int64_t taps = matrix.columns();
  const std::int64_t filters = geometry.filters / geometry.groups;
  if (Depthwise<T>::supports(geometry)) return Depthwise<T>(geometry).conv2d(x, w, y);
  if (matrix.is_image()) return gemm<T>(matrix.rows(), filters, taps, {x, taps}, {w, taps, true}, y, filters);
  for_each_group(geometry, [&](std::int64_t group) {
    const LeftIm2col<T> patches{x, {geometry, group}};
    const RightTransposed<T> weights{w + group * filters * taps, taps};
    packed_gemm(matrix.rows(), filters, taps, patches, weights, y + group * filters, geometry.filters);
  });
}

template void conv2d(const Conv2dGeometry&, const float*, const float*, float*);
template void conv2d(const Conv2dGeometry&, const double*, const double*, double*);

}  // namespace wisp::kernels::native
