// The big image cut into regions that tasks may own: whole images where they are small, else bands or rectangles of
// one.
#pragma once

#include <algorithm>
#include <cstdint>

#include <wisp/kernels/conv2d.h>

namespace wisp::kernels::native {

/// A box of output pixels: images [first, last), rows [top, bottom), columns [left, right).
struct OutputRegion {
  std::int64_t first, last;
  std::int64_t top, bottom;
  std::int64_t left, right;

  std::int64_t count() const { return (last - first) * (bottom - top) * (right - left); }

  /// Calls visit(index, n, i, j) for the pixels begin, begin + 1, ..., with index counting from 0.
  template <class Visit>
  void visit(std::int64_t begin, std::int64_t count, const Visit& visit) const {
    const std::int64_t width = right - left;
    const std::int64_t height = bottom - top;
    std::int64_t j = left + begin % width;
    std::int64_t i = top + begin / width % height;
    std::int64_t n = first + begin / (width * height);
    for (std::int64_t index = 0; index < count; ++index) {
      visit(index, n, i, j);
      if (++j < right) continue;
      j = left;
      if (++i < bottom) continue;
      i = top;
      ++n;
    }
  }
};

/// A box of input pixels.
struct InputRegion {
  std::int64_t first, last;
  std::int64_t top, bottom;
  std::int64_t left, right;

  /// The output pixels whose patches may meet this region.
  OutputRegion outputs(const Conv2dGeometry& geometry) const {
    OutputRegion out{first, last, 0, 0, 0, 0};
    touched(geometry.height, top, bottom, out.top, out.bottom);
    touched(geometry.width, left, right, out.left, out.right);
    return out;
  }

 private:
  static void touched(const Conv2dAxis& axis, std::int64_t begin, std::int64_t end, std::int64_t& from,
                      std::int64_t& to) {
    const std::int64_t reach = axis.dilation * (axis.kernel - 1);
    const std::int64_t low = begin + axis.padding - reach;
    from = std::min(axis.output, low <= 0 ? 0 : (low + axis.stride - 1) / axis.stride);
    to = std::max(from, std::min(axis.output, (end - 1 + axis.padding) / axis.stride + 1));
  }
};

/// The regions of a geometry; they cover every input pixel once and depend on nothing else.
class InputRegions {
 public:
  explicit InputRegions(const Conv2dGeometry& geometry) : g_(geometry) {
    const std::int64_t pixels = std::max<std::int64_t>(1, g_.height.output * g_.width.output);
    images_ = std::clamp<std::int64_t>(target_pixels / pixels, 1, std::max<std::int64_t>(1, g_.batch / target_tasks));
    const std::int64_t batches = (g_.batch + images_ - 1) / images_;
    if (batches > 0 && batches < 2 * target_tasks) {
      const std::int64_t wanted = std::min((2 * target_tasks + batches - 1) / batches, pixels / target_pixels);
      rows_ = parts(g_.height, wanted);
      columns_ = parts(g_.width, wanted / rows_);
    }
    count_ = batches * rows_ * columns_;
  }

  std::int64_t count() const { return count_; }

  InputRegion operator[](std::int64_t index) const {
    const std::int64_t column = index % columns_;
    const std::int64_t row = index / columns_ % rows_;
    const std::int64_t n = index / (columns_ * rows_) * images_;
    return {n,
            std::min(g_.batch, n + images_),
            g_.height.input * row / rows_,
            g_.height.input * (row + 1) / rows_,
            g_.width.input * column / columns_,
            g_.width.input * (column + 1) / columns_};
  }

 private:
  static constexpr std::int64_t target_pixels = 192;
  static constexpr std::int64_t target_tasks = 8;

  /// Parts along an axis, at most `wanted`, each several kernels wide, as pixels near borders are visited twice.
  static std::int64_t parts(const Conv2dAxis& axis, std::int64_t wanted) {
    const std::int64_t reach = axis.dilation * (axis.kernel - 1) + 1;
    return std::clamp<std::int64_t>(wanted, 1, std::max<std::int64_t>(1, axis.input / (4 * reach)));
  }

  const Conv2dGeometry& g_;
  std::int64_t images_ = 1;
  std::int64_t rows_ = 1;
  std::int64_t columns_ = 1;
  std::int64_t count_ = 0;
};

}  // namespace wisp::kernels::native
