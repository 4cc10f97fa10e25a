// The rows and columns of im2col(x), without the matrix.
//
// Row (n, i, j) of im2col(x) is the patch of the big image that output pixel (i, j) of image n sees; column (a, b, c)
// is kernel tap (a, b) of channel c. A range of columns falls into runs that are contiguous in the image: whole kernel
// rows where dilation and groups are 1, else the channels of one tap.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include <wisp/kernels/conv2d.h>
#include <wisp/kernels/native/copy.h>
#include <wisp/kernels/native/micro_kernel.h>
#include <wisp/kernels/native/regions.h>

namespace wisp::kernels::native {

/// Where a patch begins; it may lie outside the image. `left` and `offset` count elements, `top` image rows.
struct Patch {
  std::int64_t offset;
  std::int64_t top;
  std::int64_t left;
};

/// A contiguous piece of a patch: image row and element relative to the patch's begin, position among the columns asked
/// for, and length.
struct Run {
  std::int64_t offset;
  std::int64_t row;
  std::int64_t element;
  std::int64_t position;
  std::int64_t length;
};

/// The part of an image that exists: rows and elements of a row, half-open.
struct Window {
  std::int64_t top;
  std::int64_t bottom;
  std::int64_t left;
  std::int64_t right;
};

class Im2col {
 public:
  /// Most columns one call of runs() may ask for.
  static constexpr std::int64_t most_columns = 256;
  using Runs = std::array<Run, most_columns>;

  Im2col(const Conv2dGeometry& geometry, std::int64_t group)
      : g_(geometry),
        group_(group),
        reach_rows_((geometry.height.kernel - 1) * geometry.height.dilation + 1),
        reach_elements_(((geometry.width.kernel - 1) * geometry.width.dilation + 1) * geometry.channels) {}

  /// Columns of the matrix.
  std::int64_t columns() const { return g_.height.kernel * g_.width.kernel * channels(); }
  /// Rows of the matrix.
  std::int64_t rows() const { return g_.batch * g_.height.output * g_.width.output; }
  /// Channels of this group.
  std::int64_t channels() const { return g_.channels / g_.groups; }
  /// Whether im2col(x) is x itself, read as a dense rows() x columns() matrix.
  bool is_image() const {
    const auto pointwise = [](const Conv2dAxis& axis) {
      return axis.kernel == 1 && axis.stride == 1 && axis.padding == 0 && axis.output == axis.input;
    };
    const auto whole = [](const Conv2dAxis& axis) {
      return axis.output == 1 && axis.padding == 0 && axis.kernel == axis.input &&
             (axis.dilation == 1 || axis.kernel == 1);
    };
    if (g_.groups != 1) return false;
    return pointwise(g_.height) ? pointwise(g_.width) || whole(g_.width) : whole(g_.height) && whole(g_.width);
  }
  /// The whole image.
  Window image() const { return {0, g_.height.input, 0, g_.width.input * g_.channels}; }

  /// Whether all of a patch lies in the window.
  bool inside(const Patch& patch, const Window& window) const {
    return patch.top >= window.top && patch.top + reach_rows_ <= window.bottom && patch.left >= window.left &&
           patch.left + reach_elements_ <= window.right;
  }

  Patch patch(std::int64_t n, std::int64_t i, std::int64_t j) const {
    const std::int64_t top = i * g_.height.stride - g_.height.padding;
    const std::int64_t left = (j * g_.width.stride - g_.width.padding) * g_.channels;
    return {(n * g_.height.input + top) * g_.width.input * g_.channels + left, top, left};
  }

  /// Writes the patches of rows [begin, begin + count).
  void patches(std::int64_t begin, std::int64_t count, Patch* out) const {
    const Region outputs{0, g_.batch, 0, g_.height.output, 0, g_.width.output};
    outputs.visit(begin, count, [&](std::int64_t index, std::int64_t n, std::int64_t i, std::int64_t j) {
      out[index] = patch(n, i, j);
    });
  }

  /// The runs of columns [begin, begin + count), count <= most_columns, in order. No run crosses a multiple of `panel`
  /// columns, counted from `begin`; the positions of neighbouring panels are `panel_stride` apart.
  std::span<const Run> runs(std::int64_t begin, std::int64_t count, std::int64_t panel, std::int64_t panel_stride,
                            Runs& out) const {
    const bool whole_rows = g_.groups == 1 && g_.width.dilation == 1;
    const std::int64_t unit = whole_rows ? g_.width.kernel * channels() : channels();
    std::size_t size = 0;
    for (std::int64_t at = 0; at < count;) {
      const std::int64_t column = begin + at;
      const std::int64_t length = std::min({count - at, unit - column % unit, panel - at % panel});
      const std::int64_t tap = column / channels();
      const std::int64_t row = tap / g_.width.kernel * g_.height.dilation;
      const std::int64_t element =
          tap % g_.width.kernel * g_.width.dilation * g_.channels + group_ * channels() + column % channels();
      out[size++] = {row * g_.width.input * g_.channels + element, row, element, at / panel * panel_stride + at % panel,
                     length};
      at += length;
    }
    return {out.data(), size};
  }

  /// The same without panels.
  std::span<const Run> runs(std::int64_t begin, std::int64_t count, Runs& out) const {
    return runs(begin, count, count, count, out);
  }

 private:
  const Conv2dGeometry& g_;
  std::int64_t group_;
  std::int64_t reach_rows_;
  std::int64_t reach_elements_;
};

/// The part of a run that lies in a window: elements [begin, end) of the run, nothing if begin >= end.
struct Overlap {
  std::int64_t begin;
  std::int64_t end;
};

inline Overlap overlap(const Run& run, const Patch& patch, const Window& window) {
  const std::int64_t row = patch.top + run.row;
  if (row < window.top || row >= window.bottom) return {0, 0};
  const std::int64_t element = patch.left + run.element;
  return {std::max<std::int64_t>(0, window.left - element), std::min(run.length, window.right - element)};
}

/// to[run.position ...] = the runs of a patch, 0 outside the image.
template <class T>
inline void gather(const T* x, const Im2col& matrix, const Patch& patch, std::span<const Run> runs, T* to) {
  const Window window = matrix.image();
  if (matrix.inside(patch, window)) {
    for (const Run& run : runs) copy_run(x + (patch.offset + run.offset), run.length, to + run.position);
    return;
  }
  for (const Run& run : runs) {
    const auto [begin, end] = overlap(run, patch, window);
    T* const out = to + run.position;
    if (end - begin < run.length) clear_run(run.length, out);
    if (begin < end) copy_run(x + (patch.offset + run.offset + begin), end - begin, out + begin);
  }
}

/// Adds columns to the runs of a patch, but for what lies outside the window: the adjoint of gather.
template <class T>
inline void scatter_add(const T* columns, const Im2col& matrix, const Patch& patch, std::span<const Run> runs,
                        const Window& window, T* x) {
  if (matrix.inside(patch, window)) {
    for (const Run& run : runs) add_run(columns + run.position, run.length, x + (patch.offset + run.offset));
    return;
  }
  for (const Run& run : runs) {
    const auto [begin, end] = overlap(run, patch, window);
    if (begin < end) add_run(columns + run.position + begin, end - begin, x + (patch.offset + run.offset + begin));
  }
}

/// im2col(x) as the left operand of packed_gemm.
template <class T>
struct LeftIm2col {
  static constexpr PanelOrder order = PanelOrder::rows;
  const T* x;
  Im2col matrix;

  void pack(T* panels, std::int64_t i, std::int64_t rows, std::int64_t p, std::int64_t depth) const {
    constexpr std::int64_t chunk = Tile<T>::block_rows;
    static_assert(Tile<T>::depth <= Im2col::most_columns);
    Im2col::Runs storage;
    const auto runs = matrix.runs(p, depth, storage);
    Patch patches[chunk];
    for (std::int64_t r = 0; r < rows; r += chunk) {
      const std::int64_t count = std::min(chunk, rows - r);
      matrix.patches(i + r, count, patches);
      for (std::int64_t s = 0; s < count; ++s) {
        gather(x, matrix, patches[s], runs, panels + (r + s) * Tile<T>::row_stride);
      }
    }
  }
};

/// Packs columns [j, j + columns) of the rows [p, p + depth) of im2col(x) into panels of `width` columns, in which rows
/// are contiguous, `panel_stride` elements apart. The columns that a last panel lacks become 0.
template <class T>
void pack_columns(const T* x, const Im2col& matrix, std::int64_t p, std::int64_t depth, std::int64_t j,
                  std::int64_t columns, std::int64_t width, std::int64_t panel_stride, T* panels) {
  Patch patches[Tile<T>::depth];
  matrix.patches(p, depth, patches);
  Im2col::Runs storage;
  const auto runs = matrix.runs(j, columns, width, panel_stride, storage);
  T* const last = panels + columns / width * panel_stride;
  const std::int64_t rest = columns % width;
  for (std::int64_t q = 0; q < depth; ++q) {
    gather(x, matrix, patches[q], runs, panels + q * width);
    if (rest != 0) std::fill(last + q * width + rest, last + (q + 1) * width, T{});
  }
}

/// im2col(x) as the right operand of packed_gemm.
template <class T>
struct RightIm2col {
  const T* x;
  Im2col matrix;

  void pack(T* panels, std::int64_t p, std::int64_t depth, std::int64_t j, std::int64_t columns) const {
    pack_columns<T>(x, matrix, p, depth, j, columns, Tile<T>::columns, Tile<T>::columns * depth, panels);
  }
};

/// The transpose of im2col(x) as the left operand of packed_gemm.
template <class T>
struct LeftIm2colTransposed {
  static constexpr PanelOrder order = PanelOrder::interleaved;
  const T* x;
  Im2col matrix;

  void pack(T* panels, std::int64_t i, std::int64_t rows, std::int64_t p, std::int64_t depth) const {
    pack_columns<T>(x, matrix, p, depth, i, rows, Tile<T>::rows, Tile<T>::rows * Tile<T>::row_stride, panels);
  }
};

}  // namespace wisp::kernels::native
