// The register tile: a few rows times two vectors of columns of a matrix product, over packed panels.
//
// Left operand: panels of Tile::rows rows, each panel Tile::rows * Tile::row_stride elements apart; element (r, p) of a
// panel lies at r * row_stride + p (PanelOrder::rows) or at p * rows + r (PanelOrder::interleaved), whichever the
// source makes cheap to pack. Right operand: panels of Tile::columns columns, element (p, c) at p * columns + c, panels
// `depth` * columns elements apart, missing columns zero.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <wisp/kernels/native/simd.h>

namespace wisp::kernels::native {

enum class PanelOrder { rows, interleaved };

/// The blocking for element type T.
template <class T>
struct Tile {
  static constexpr int lanes = Simd<T>::lanes;
  static constexpr int rows = vector_registers == 32 ? 12 : (vector_bytes == 32 ? 6 : 4);
  static constexpr int columns = 2 * lanes;
  static constexpr int depth = 256;  ///< most of k in one pass over the registers
  /// One cache line more than `depth`, so that the rows of a panel do not all fall into the same cache sets.
  static constexpr int row_stride = depth + 64 / static_cast<int>(sizeof(T));
  /// Of one operand, what stays in the second-level cache.
  static constexpr int block_rows = 96 / rows * rows;
  static constexpr int block_columns = 512 / static_cast<int>(sizeof(T));
};

/// c[r][0 .. columns) = (or, to accumulate, +=) the product of one left and one right panel; rows whose c is null are
/// not stored.
template <class T, PanelOrder order, int rows, int vectors>
void multiply_tile(std::int64_t depth, const T* a, const T* b, T* const* c, int columns, bool accumulate) {
  using S = Simd<T>;
  constexpr int lanes = S::lanes;
  typename S::Vector sum[rows][vectors] = {};
  for (std::int64_t p = 0; p < depth; ++p) {
    typename S::Vector right[vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) right[v] = S::load(b + v * lanes);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const T left = order == PanelOrder::rows ? a[r * Tile<T>::row_stride] : a[r];
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sum[r][v] += left * right[v];
    }
    a += order == PanelOrder::rows ? 1 : Tile<T>::rows;
    b += Tile<T>::columns;
  }
  const bool whole = columns == vectors * lanes;
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
    T* const to = c[r];
    if (to == nullptr) continue;
    if (whole) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) {
        S::store(to + v * lanes, accumulate ? S::load(to + v * lanes) + sum[r][v] : sum[r][v]);
      }
    } else {
      T row[vectors * lanes];
      std::memcpy(row, sum[r], sizeof(row));
      for (int j = 0; j < columns; ++j) to[j] = accumulate ? to[j] + row[j] : row[j];
    }
  }
}

template <class T>
using TileKernel = void (*)(std::int64_t, const T*, const T*, T* const*, int, bool);

/// multiply_tile for every number of rows and vectors: kernels[vectors - 1][rows - 1].
template <class T, PanelOrder order>
inline constexpr auto tile_kernels = []<int... r>(std::integer_sequence<int, r...>) {
  using Column = std::array<TileKernel<T>, sizeof...(r)>;
  return std::array<Column, 2>{Column{&multiply_tile<T, order, r + 1, 1>...},
                               Column{&multiply_tile<T, order, r + 1, 2>...}};
}
(std::make_integer_sequence<int, Tile<T>::rows>{});

/// The product of packed blocks: `rows` x `columns`, at most Tile::depth deep. `target(i, j)` points to element (i, j)
/// of the result, the start of a run of up to Tile::columns, or is null for a row to be left out.
template <class T, PanelOrder order, class Target>
void multiply_block(std::int64_t rows, std::int64_t columns, std::int64_t depth, const T* a, const T* b,
                    bool accumulate, const Target& target) {
  using Size = Tile<T>;
  for (std::int64_t j = 0; j < columns; j += Size::columns) {
    const int width = static_cast<int>(std::min<std::int64_t>(Size::columns, columns - j));
    const auto& kernels = tile_kernels<T, order>[width > Size::lanes ? 1 : 0];
    for (std::int64_t i = 0; i < rows; i += Size::rows) {
      const int height = static_cast<int>(std::min<std::int64_t>(Size::rows, rows - i));
      T* c[Size::rows];
      bool any = false;
      for (int r = 0; r < height; ++r) any |= (c[r] = target(i + r, j)) != nullptr;
      if (!any) continue;
      kernels[static_cast<std::size_t>(height - 1)](depth, a + i * Size::row_stride, b + j * depth, c, width,
                                                    accumulate);
    }
  }
}

}  // namespace wisp::kernels::native
