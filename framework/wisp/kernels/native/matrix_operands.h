// Dense matrices as operands of packed_gemm.
#pragma once

#include <algorithm>
#include <cstdint>

#include <wisp/kernels/native/copy.h>
#include <wisp/kernels/native/micro_kernel.h>

namespace wisp::kernels::native {

/// Left operand (i, p) = data[i * stride + p].
template <class T>
struct LeftMatrix {
  static constexpr PanelOrder order = PanelOrder::rows;
  const T* data;
  std::int64_t stride;

  void pack(T* panels, std::int64_t i, std::int64_t rows, std::int64_t p, std::int64_t depth) const {
    for (std::int64_t r = 0; r < rows; ++r) {
      copy_run(data + (i + r) * stride + p, depth, panels + r * Tile<T>::row_stride);
    }
  }
};

/// Left operand (i, p) = data[p * stride + i].
template <class T>
struct LeftTransposed {
  static constexpr PanelOrder order = PanelOrder::interleaved;
  const T* data;
  std::int64_t stride;

  void pack(T* panels, std::int64_t i, std::int64_t rows, std::int64_t p, std::int64_t depth) const {
    constexpr std::int64_t height = Tile<T>::rows;
    const std::int64_t whole = rows / height * height;
    for (std::int64_t q = 0; q < depth; ++q, panels += height) {
      const T* const from = data + (p + q) * stride + i;
      for (std::int64_t r = 0; r < whole; r += height) std::copy_n(from + r, height, panels + r * Tile<T>::row_stride);
      for (std::int64_t r = whole; r < rows; ++r) panels[whole * Tile<T>::row_stride + r - whole] = from[r];
    }
  }
};

/// Right operand (p, j) = data[p * stride + j].
template <class T>
struct RightMatrix {
  const T* data;
  std::int64_t stride;

  void pack(T* panels, std::int64_t p, std::int64_t depth, std::int64_t j, std::int64_t columns) const {
    constexpr std::int64_t width = Tile<T>::columns;
    const std::int64_t whole = columns / width * width;
    for (std::int64_t q = 0; q < depth; ++q, panels += width) {
      const T* const from = data + (p + q) * stride + j;
      for (std::int64_t s = 0; s < whole; s += width) copy_run(from + s, width, panels + s * depth);
      if (whole == columns) continue;
      T* const last = panels + whole * depth;
      copy_run(from + whole, columns - whole, last);
      clear_run(width - (columns - whole), last + (columns - whole));
    }
  }
};

/// Right operand (p, j) = data[j * stride + p].
template <class T>
struct RightTransposed {
  const T* data;
  std::int64_t stride;

  void pack(T* panels, std::int64_t p, std::int64_t depth, std::int64_t j, std::int64_t columns) const {
    constexpr std::int64_t width = Tile<T>::columns;
    for (std::int64_t s = 0; s < columns; s += width, panels += width * depth) {
      const std::int64_t valid = std::min(width, columns - s);
      transpose(data + (j + s) * stride + p, stride, depth, valid, panels, width);
      if (valid == width) continue;
      for (std::int64_t q = 0; q < depth; ++q) std::fill(panels + q * width + valid, panels + (q + 1) * width, T{});
    }
  }
};

}  // namespace wisp::kernels::native
