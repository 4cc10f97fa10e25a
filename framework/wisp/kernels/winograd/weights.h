// Transformed weights, made where they are multiplied: G w G^T of a panel of columns is small enough to stay in cache.
#pragma once

#include <algorithm>
#include <cstdint>

#include <wisp/kernels/native/scratch.h>
#include <wisp/kernels/winograd/matrices.h>
#include <wisp/kernels/winograd/micro_kernel.h>
#include <wisp/kernels/winograd/plan.h>
#include <wisp/kernels/winograd/tiles.h>
#include <wisp/kernels/winograd/transform.h>

namespace wisp::kernels::winograd {

/// G w G^T of steps [first, last): for every position a right operand, a panel by steps, `stride` elements apart.
/// taps(step, v, at) sets at[2 u + u'] to the v-th vector of the columns' weights of tap (u, u').
template <int height, int width, class T, class Taps>
void transform_weights(std::int64_t first, std::int64_t last, const Taps& taps, T* to, std::int64_t stride) {
  using L = Lanes<T>;
  using C = typename L::Compute;
  constexpr int positions = (height + 1) * (width + 1);
  for (std::int64_t p = first; p < last; p += L::group)
    for (int v = 0; v < 2; ++v) {
      Vector<T> result[L::group][positions];
      for (int i = 0; i < L::group; ++i) {
        Vector<T> tap[4];
        taps(p + i, v, tap);
        transform<Matrices<C, height>::g, Matrices<C, width>::g>(tap, result[i]);
      }
      T* const at = to + (p - first) * L::width + v * L::count * L::group;
      for (int position = 0; position < positions; ++position) {
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

/// Rows [first, last) of the left operands, panels by rows, times the transformed weights, for every position that has
/// taps: products (or, to accumulate, +=), panels by rows, product_stride apart. The sum runs over the columns of
/// `panels` panels from `panel` on, whose weights are the taps of steps panel * width and so on. Rows beyond `last` up
/// to a multiple of tile_rows are computed, too.
template <int height, int width, class T, class Taps, class HasTaps>
void multiply_weights(const ClassMatrices<T>& left, std::int64_t first, std::int64_t last, std::int64_t panel,
                      std::int64_t panels, const Taps& taps, const HasTaps& has_taps,
                      typename Lanes<T>::Compute* products, bool accumulate) {
  using L = Lanes<T>;
  constexpr int positions = (height + 1) * (width + 1);
  // Of all positions at once, as many panels of weights as stay in the second-level cache.
  constexpr std::int64_t panel_numel = L::width * L::width, most_bytes = 256 << 10;
  const std::int64_t at_once = std::clamp<std::int64_t>(
      most_bytes / (positions * panel_numel * static_cast<std::int64_t>(sizeof(T))), 1, panels);
  const std::int64_t weight_stride = at_once * panel_numel + L::width;
  T* const weights = native::scratch<T>(native::Slot::right, positions * weight_stride);
  const std::int64_t stride = product_stride<T>(last - first);
  for (std::int64_t done = 0; done < panels; done += at_once) {
    const std::int64_t now = std::min(at_once, panels - done);
    transform_weights<height, width>((panel + done) * L::width, (panel + done + now) * L::width, taps, weights,
                                     weight_stride);
    for (int position = 0; position < positions; ++position) {
      if (!has_taps(position)) continue;
      for (std::int64_t row = first; row < last; row += tile_rows)
        multiply_tile<Order::rows>(now, left.panel_stride(), L::width / L::group,
                                   left.at(position, panel + done) + row * L::width, weights + position * weight_stride,
                                   products + position * stride + (row - first) * L::width, accumulate || done > 0);
    }
  }
}

}  // namespace wisp::kernels::winograd
