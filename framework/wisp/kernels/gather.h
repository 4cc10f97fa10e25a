// gather and its adjoint, scatter_add: elements chosen by an index along one dimension.
#pragma once

#include <algorithm>
#include <array>
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

  /// Calls visit(offset of a chosen element, offset of where it is chosen from) for all of them: in parallel, but one
  /// after the other along dim, and no two lines along dim meet in what is chosen from.
  template <class Visit>
  void visit(const std::int64_t* numbers, Visit visit) const {
    const auto d = static_cast<std::size_t>(dim);
    nd_loop<3>(shape.with(dim, std::min<std::int64_t>(shape[dim], 1)), {input, index, chosen},
               [=, count = shape[dim], along = std::array{input[d], index[d], chosen[d]}](
                   const auto& offset, std::int64_t length, const auto& step) {
                 for (std::int64_t i = 0; i < length; ++i) {
                   const std::int64_t from = offset[0] + i * step[0], at = offset[1] + i * step[1],
                                      to = offset[2] + i * step[2];
                   for (std::int64_t k = 0; k < count; ++k)
                     visit(to + k * along[2], from + numbers[at + k * along[1]] * along[0]);
                 }
               });
  }
};

/// y[i][k][j] = x[i][index[i][k][j]][j], with k and the index in dimension dim.
template <class T>
void gather(const Choice& choice, const T* x, const std::int64_t* index, T* y) {
  choice.visit(index, [=](std::int64_t to, std::int64_t from) { y[to] = x[from]; });
}

/// sums[i][index[i][k][j]][j] += y[i][k][j], in the order of k whatever the number of threads.
template <class T>
void scatter_add(const Choice& choice, const T* y, const std::int64_t* index, double* sums) {
  choice.visit(index, [=](std::int64_t from, std::int64_t to) { sums[to] += convert<double>(y[from]); });
}

}  // namespace wisp::kernels
