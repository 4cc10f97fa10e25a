// Transformed weights, made where they are multiplied: G w G^T of a panel of columns is small enough to stay in cache.
#pragma once

#include <cstdint>

#include <wisp/kernels/winograd/matrices.h>
#include <wisp/kernels/winograd/micro_kernel.h>
#include <wisp/kernels/winograd/plan.h>
#include <wisp/kernels/winograd/transform.h>

namespace wisp::kernels::winograd {

/// The two taps of a phase on one axis; the second may lie outside the kernel.
inline std::int64_t tap(const Conv2dAxis& a, std::int64_t phase, std::int64_t u) { return phase + u * a.stride; }

/// Row `row` of G w G^T: for every position (row, 0 .. width) a right operand, panels by steps of `steps` rows and one
/// panel's columns, `stride` elements apart. taps(step, v, at) sets at[2 u + v'] to the v-th vector of the columns'
/// weights of tap (u, v').
template <int height, int width, class T, class Taps>
void transform_weights(int row, std::int64_t steps, const Taps& taps, T* to, std::int64_t stride) {
  using L = Lanes<T>;
  using C = typename L::Compute;
  const auto& g = Matrices<C, height>::g[static_cast<std::size_t>(row)];
  for (std::int64_t p = 0; p < steps; p += L::group)
    for (int v = 0; v < 2; ++v) {
      Vector<T> result[L::group][width + 1];
      for (int i = 0; i < L::group; ++i) {
        Vector<T> tap[4], half[2];
        taps(p + i, v, tap);
        for (int across = 0; across < 2; ++across) half[across] = g[0] * tap[across] + g[1] * tap[2 + across];
        multiply<Matrices<C, width>::g>(half, 1, result[i], 1);
      }
      T* const at = to + p * L::width + v * L::count * L::group;
      for (int position = 0; position <= width; ++position) {
        Vector<T> group[L::group];
        for (int i = 0; i < L::group; ++i) group[i] = result[i][position];
        store_group(at + position * stride, group);
      }
    }
}

/// Elements from one position's products to the next one's, where each are `rows` rows of a panel; one row more than
/// the register tiles fill, for the sake of the cache sets.
template <class T>
std::int64_t product_stride(std::int64_t rows) {
  return (round_up(rows, tile_rows) + 1) * Lanes<T>::width;
}

/// Multiplies rows [first, last) of a position's left operand, panels by rows, by one panel of columns: `to` gets
/// panels by rows. Rows beyond `last` up to a multiple of tile_rows are computed, too.
template <class T>
void multiply_rows(std::int64_t first, std::int64_t last, const PanelRuns& runs, const T* left, const T* right,
                   typename Lanes<T>::Compute* to) {
  using L = Lanes<T>;
  for (std::int64_t row = first; row < last; row += tile_rows)
    multiply_tile<LeftOrder::rows>(runs, L::width / L::group, left + row * L::width, right,
                                   to + (row - first) * L::width);
}

}  // namespace wisp::kernels::winograd
