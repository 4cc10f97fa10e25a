// gather and its adjoint, scatter_add: elements chosen by an index along one dimension.
#pragma once

#include <algorithm>
#include <cstdint>

#include <wisp/core/dtype.h>
#include <wisp/core/nd_loop.h>

namespace wisp::kernels {

/// The chosen elements have the box `shape`, and so has the index; `chosen` and `index` are their strides, `input`
/// those of what is chosen from, whose dimension `dim` the index runs over.
struct Choice {
  Shape shape;
  int dim;
  Strides chosen, index, input;

  /// Calls visit(at chosen, at index, at input) for the beginning of every line along dim: in parallel, and no two
  /// lines meet in what is chosen from.
  template <class Visit>
  void lines(Visit visit) const {
    nd_loop<3>(shape.with(dim, std::min<std::int64_t>(shape[dim], 1)), {input, index, chosen},
               [=](const auto& offset, std::int64_t length, const auto& step) {
                 for (std::int64_t i = 0; i < length; ++i)
                   visit(offset[2] + i * step[2], offset[1] + i * step[1], offset[0] + i * step[0]);
               });
  }
};

/// y[i][k][j] = x[i][index[i][k][j]][j], with k and the index in dimension dim.
template <class T>
void gather(const Choice& c, const T* x, const std::int64_t* index, T* y) {
  const auto dim = static_cast<std::size_t>(c.dim);
  c.lines([=, count = c.shape[c.dim], to = c.chosen[dim], by = c.index[dim], from = c.input[dim]](
              std::int64_t chosen, std::int64_t at, std::int64_t input) {
    for (std::int64_t k = 0; k < count; ++k) y[chosen + k * to] = x[input + index[at + k * by] * from];
  });
}

/// sums[i][index[i][k][j]][j] += y[i][k][j], in the order of k whatever the number of threads.
template <class T>
void scatter_add(const Choice& c, const T* y, const std::int64_t* index, double* sums) {
  const auto dim = static_cast<std::size_t>(c.dim);
  c.lines([=, count = c.shape[c.dim], from = c.chosen[dim], by = c.index[dim], to = c.input[dim]](
              std::int64_t chosen, std::int64_t at, std::int64_t input) {
    for (std::int64_t k = 0; k < count; ++k)
      sums[input + index[at + k * by] * to] += convert<double>(y[chosen + k * from]);
  });
}

}  // namespace wisp::kernels
