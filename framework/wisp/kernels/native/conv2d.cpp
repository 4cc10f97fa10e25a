#include <wisp/kernels/native/conv2d.h>

#include <wisp/core/parallel.h>
#include <wisp/kernels/native/depthwise.h>
#include <wisp/kernels/native/gemm.h>
#include <wisp/kernels/native/grad_input.h>
#include <wisp/kernels/native/im2col.h>
#include <wisp/kernels/native/matrix_operands.h>
#include <wisp/kernels/native/packed_gemm.h>

namespace wisp::kernels::native {
namespace {

// Of convolutions with one group where im2col(x) is x: plain products.
template <class T>
void multiply_images(const Conv2dProblem& problem, const T* a, const T* b, T* to) {
  const Im2col matrix(problem.geometry, 0);
  const std::int64_t pixels = matrix.rows(), taps = matrix.columns(), filters = problem.geometry.filters;
  switch (problem.map) {
    case Conv2dMap::conv2d: return gemm<T>(pixels, filters, taps, {a, taps}, {b, taps, true}, to, filters);
    case Conv2dMap::grad_input: return gemm<T>(pixels, taps, filters, {a, filters}, {b, taps}, to, taps);
    case Conv2dMap::grad_weight: return gemm<T>(filters, taps, pixels, {b, filters, true}, {a, taps}, to, taps);
  }
}

// y (pixels x filters) = im2col(x) (pixels x taps) w^T (taps x filters)
template <class T>
void conv2d_group(const Conv2dGeometry& geometry, std::int64_t group, const T* x, const T* w, T* y) {
  const Im2col matrix(geometry, group);
  const std::int64_t taps = matrix.columns(), filters = geometry.filters / geometry.groups;
  packed_gemm(matrix.rows(), filters, taps, LeftIm2col<T>{x, matrix},
              RightTransposed<T>{w + group * filters * taps, taps}, y + group * filters, geometry.filters);
}

// w (filters x taps) = y^T (filters x pixels) im2col(x) (pixels x taps)
template <class T>
void grad_weight_group(const Conv2dGeometry& geometry, std::int64_t group, const T* x, const T* y, T* w) {
  constexpr std::int64_t few_taps = 32, many_filters = 4096;
  const Im2col matrix(geometry, group);
  const std::int64_t pixels = matrix.rows(), taps = matrix.columns(), filters = geometry.filters / geometry.groups;
  const T* const from = y + group * filters;
  T* const to = w + group * filters * taps;
  if (taps <= few_taps && taps < filters && filters <= many_filters) {
    // The operand with more columns is then y, which packs as it lies in memory.
    T* const transposed = scratch<T>(Slot::result, taps * filters);
    packed_gemm(taps, filters, pixels, LeftIm2colTransposed<T>{x, matrix}, RightMatrix<T>{from, geometry.filters},
                transposed, filters);
    transpose(transposed, filters, filters, taps, to, taps);
  } else {
    packed_gemm(filters, taps, pixels, LeftTransposed<T>{from, geometry.filters}, RightIm2col<T>{x, matrix}, to, taps);
  }
}

// Calls body(group) for every group; many small groups run in parallel, few or large ones in turn, each in parallel
// inside.
template <class Body>
void for_each_group(const Conv2dGeometry& geometry, const Body& body) {
  const bool small = geometry.flops() < 1e7 * static_cast<double>(geometry.groups);
  if (geometry.groups >= 8 && small) {
    parallel_for(geometry.groups, 1, [&](std::int64_t group, std::int64_t) { body(group); });
  } else {
    for (std::int64_t group = 0; group < geometry.groups; ++group) body(group);
  }
}

}  // namespace

template <class T>
void conv2d(const Conv2dProblem& problem, const T* first, const T* second, T* result) {
  const Conv2dGeometry& g = problem.geometry;
  if (Depthwise<T>::supports(g)) return Depthwise<T>(g).run(problem.map, first, second, result);
  if (Im2col(g, 0).is_image()) return multiply_images(problem, first, second, result);
  for_each_group(g, [&](std::int64_t group) {
    switch (problem.map) {
      case Conv2dMap::conv2d: return conv2d_group(g, group, first, second, result);
      case Conv2dMap::grad_input: return GradInput<T>(g, group, first, second, result).run();
      case Conv2dMap::grad_weight: return grad_weight_group(g, group, first, second, result);
    }
  });
}

template void conv2d(const Conv2dProblem&, const float*, const float*, float*);
template void conv2d(const Conv2dProblem&, const double*, const double*, double*);

}  // namespace wisp::kernels::native
