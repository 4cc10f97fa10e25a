// The one N-d loop: visits every index of a box once, in runs along the dimension where memory is densest.
//
// Broadcasting, permute, narrow, cat, flip, reductions and the conversion between logical and memory order are all
// this loop with different strides.
#pragma once

#include <cstdint>
#include <utility>

#include <wisp/core/parallel.h>
#include <wisp/core/shape.h>

namespace wisp {

/// A box of extents with K operands, reduced to as few dimensions as their strides allow.
template <std::size_t K>
struct NdBox {
  int rank = 0;                                         // at least 1 after merging
  std::array<std::int64_t, Shape::max_rank> extents{};  // outermost first
  std::array<std::array<std::int64_t, K>, Shape::max_rank> steps{};

  std::int64_t outer_count() const {
    std::int64_t count = 1;
    for (int i = 0; i + 1 < rank; ++i) count *= extents[static_cast<std::size_t>(i)];
    return count;
  }
};

/// Sorts dimensions by the steps of operand 0, then 1, ..., largest outermost, and merges those that are one run.
template <std::size_t K>
NdBox<K> merge_dimensions(const Shape& shape, const std::array<Strides, K>& operands) {
  NdBox<K> box;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 1) continue;
    const auto at = static_cast<std::size_t>(box.rank++);
    box.extents[at] = shape[i];
    for (std::size_t k = 0; k < K; ++k) box.steps[at][k] = operands[k][static_cast<std::size_t>(i)];
  }
  const auto belongs_outside = [&](std::size_t a, std::size_t b) {
    for (std::size_t k = 0; k < K; ++k) {
      const std::int64_t step_a = std::abs(box.steps[a][k]), step_b = std::abs(box.steps[b][k]);
      if (step_a != step_b) return step_a > step_b;
    }
    return false;
  };
  for (std::size_t i = 1; i < static_cast<std::size_t>(box.rank); ++i)  // insertion sort: stable, at most 8 items
    for (std::size_t j = i; j > 0 && belongs_outside(j, j - 1); --j) {
      std::swap(box.extents[j], box.extents[j - 1]);
      std::swap(box.steps[j], box.steps[j - 1]);
    }
  std::size_t last = 0;
  for (std::size_t i = 1; i < static_cast<std::size_t>(box.rank); ++i) {
    bool one_run = true;
    for (std::size_t k = 0; k < K; ++k) one_run &= box.steps[last][k] == box.steps[i][k] * box.extents[i];
    if (one_run) {
      box.extents[last] *= box.extents[i];
      box.steps[last] = box.steps[i];
    } else {
      ++last;
      box.extents[last] = box.extents[i];
      box.steps[last] = box.steps[i];
    }
  }
  if (box.rank == 0) box.extents[0] = 1;  // a scalar is one run of one
  box.rank = static_cast<int>(last) + 1;
  return box;
}

/// Calls body(offsets, length, steps) for runs of the box: element j of a run has operand k at offsets[k] + j steps[k].
/// `begin` and `end` select outer indices, so that callers can split the work.
template <std::size_t K, class Body>
void visit_runs(const NdBox<K>& box, std::int64_t begin, std::int64_t end, Body&& body) {
  if (begin == end) return;  // an extent may be 0
  const int outer = box.rank - 1;
  const std::int64_t length = box.extents[static_cast<std::size_t>(outer)];
  const auto& steps = box.steps[static_cast<std::size_t>(outer)];
  std::array<std::int64_t, Shape::max_rank> index{};
  std::array<std::int64_t, K> offsets{};
  std::int64_t rest = begin;
  for (int i = outer - 1; i >= 0; --i) {
    const auto at = static_cast<std::size_t>(i);
    index[at] = rest % box.extents[at];
    rest /= box.extents[at];
    for (std::size_t k = 0; k < K; ++k) offsets[k] += index[at] * box.steps[at][k];
  }
  for (std::int64_t run = begin; run < end; ++run) {
    body(std::as_const(offsets), length, steps);
    for (int i = outer - 1; i >= 0; --i) {
      const auto at = static_cast<std::size_t>(i);
      for (std::size_t k = 0; k < K; ++k) offsets[k] += box.steps[at][k];
      if (++index[at] < box.extents[at]) break;
      for (std::size_t k = 0; k < K; ++k) offsets[k] -= box.steps[at][k] * box.extents[at];
      index[at] = 0;
    }
  }
}

/// Visits the whole box in parallel. Operand 0 is what the body writes: no two indices may share a place in it.
template <std::size_t K, class Body>
void nd_loop(const Shape& shape, const std::array<Strides, K>& operands, Body&& body) {
  constexpr std::int64_t grain = 16384;  // elements a thread takes at a time
  if (shape.numel() == 0) return;
  const NdBox<K> box = merge_dimensions(shape, operands);
  const std::int64_t outer = box.outer_count();
  const std::int64_t length = box.extents[static_cast<std::size_t>(box.rank - 1)];
  if (outer > 1) {
    parallel_for(outer, std::max<std::int64_t>(grain / length, 1),
                 [&](std::int64_t begin, std::int64_t end) { visit_runs(box, begin, end, body); });
    return;
  }
  parallel_for(length, grain, [&](std::int64_t begin, std::int64_t end) {
    std::array<std::int64_t, K> offsets{};
    for (std::size_t k = 0; k < K; ++k) offsets[k] = begin * box.steps[0][k];
    body(std::as_const(offsets), end - begin, box.steps[0]);
  });
}

/// to[index] = from[index] for every index of the box; negative strides are allowed (pass pointers to index 0).
template <class T>
void strided_copy(const Shape& shape, T* to, const Strides& to_strides, const T* from, const Strides& from_strides) {
  nd_loop<2>(shape, {to_strides, from_strides}, [=](const auto& offset, std::int64_t length, const auto& step) {
    T* out = to + offset[0];
    const T* in = from + offset[1];
    if (step[0] == 1 && step[1] == 1)
      std::copy_n(in, length, out);
    else
      for (std::int64_t i = 0; i < length; ++i) out[i * step[0]] = in[i * step[1]];
  });
}

}  // namespace wisp
