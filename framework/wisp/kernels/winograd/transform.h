// Small constant matrices times arrays of vectors: left D right^T, for every channel of a vector at once.
#pragma once

#include <cstddef>
#include <utility>

namespace wisp::kernels::winograd {

/// Row `row` of `matrix` times the column from[0], from[stride], ... Entries 0, 1 and -1 cost no multiplication.
template <const auto& matrix, std::size_t row, class Vector, std::size_t... j>
[[gnu::always_inline]] inline Vector dot(const Vector* from, std::size_t stride, std::index_sequence<j...>) {
  Vector sum{};
  bool empty = true;
  const auto add = [&]<std::size_t column>() __attribute__((always_inline)) {
    constexpr auto factor = matrix[row][column];
    if constexpr (factor != 0) {
      const Vector& value = from[column * stride];
      if constexpr (factor == 1) {
        sum = empty ? value : sum + value;
      } else if constexpr (factor == -1) {
        sum = empty ? -value : sum - value;
      } else {
        sum = empty ? factor * value : sum + factor * value;
      }
      empty = false;
    }
  };
  (add.template operator()<j>(), ...);
  return sum;
}

/// to = matrix from: columns of vectors with strides.
template <const auto& matrix, class Vector>
[[gnu::always_inline]] inline void multiply(const Vector* from, std::size_t from_stride, Vector* to,
                                            std::size_t to_stride) {
  constexpr std::size_t rows = matrix.size(), columns = matrix[0].size();
  [&]<std::size_t... i>(std::index_sequence<i...>) __attribute__((always_inline)) {
    ((to[i * to_stride] = dot<matrix, i>(from, from_stride, std::make_index_sequence<columns>{})), ...);
  }
  (std::make_index_sequence<rows>{});
}

/// to = left from right^T: `from` is columns(left) x columns(right), `to` is rows(left) x rows(right).
template <const auto& left, const auto& right, class Vector>
[[gnu::always_inline]] inline void transform(const Vector* from, Vector* to) {
  constexpr std::size_t rows = left.size(), across = right[0].size(), columns = right.size();
  Vector half[rows * across];
  for (std::size_t j = 0; j < across; ++j) multiply<left>(from + j, across, half + j, across);
  for (std::size_t i = 0; i < rows; ++i) multiply<right>(half + i * across, 1, to + i * columns, 1);
}

}  // namespace wisp::kernels::winograd
