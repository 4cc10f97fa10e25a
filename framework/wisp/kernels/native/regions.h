// Boxes of pixels, and the big image cut into boxes that tasks may own.
#pragma once

#include <algorithm>
#include <cstdint>

#include <wisp/core/parallel.h>
#include <wisp/kernels/conv2d.h>

namespace wisp::kernels::native {

/// Pixels of a batch: images [first, last), rows [top, bottom), columns [left, right).
struct Region {
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

/// The output pixels whose patches may meet a region of the input.
inline Region outputs_of(const Region& inputs, const Conv2dGeometry& geometry) {
  const auto meet = [](const Conv2dAxis& axis, std::int64_t begin, std::int64_t end, std::int64_t& from,
                       std::int64_t& to) {
    const std::int64_t reach = axis.dilation * (axis.kernel - 1);
    const std::int64_t low = begin + axis.padding - reach;
    from = std::min(axis.output, low <= 0 ? 0 : divide_up(low, axis.stride));
    to = std::max(from, std::min(axis.output, (end - 1 + axis.padding) / axis.stride + 1));
  };
  Region out{inputs.first, inputs.last, 0, 0, 0, 0};
  meet(geometry.height, inputs.top, inputs.bottom, out.top, out.bottom);
  meet(geometry.width, inputs.left, inputs.right, out.left, out.right);
  return out;
}

/// Parts to cut an axis of the big image into, at most `wanted`, each several kernels wide, as pixels near borders are
/// visited twice.
inline std::int64_t parts_of(const Conv2dAxis& axis, std::int64_t wanted) {
  const std::int64_t reach = axis.dilation * (axis.kernel - 1) + 1;
  return std::clamp<std::int64_t>(wanted, 1, std::max<std::int64_t>(1, axis.input / (4 * reach)));
}

/// The big image in regions: whole images where they are small, else bands or rectangles of one. They cover every pixel
/// once and depend on the geometry alone.
class InputRegions {
 public:
  explicit InputRegions(const Conv2dGeometry& geometry) : g_(geometry) {
    constexpr std::int64_t target_pixels = 192, target_tasks = 8;
    const std::int64_t pixels = std::max<std::int64_t>(1, g_.height.output * g_.width.output);
    images_ = std::clamp<std::int64_t>(target_pixels / pixels, 1, std::max<std::int64_t>(1, g_.batch / target_tasks));
    const std::int64_t batches = divide_up(g_.batch, images_);
    if (batches > 0 && batches < 2 * target_tasks) {
      const std::int64_t wanted = std::min(divide_up(2 * target_tasks, batches), pixels / target_pixels);
      rows_ = parts_of(g_.height, wanted);
      columns_ = parts_of(g_.width, wanted / rows_);
    }
    count_ = batches * rows_ * columns_;
  }

  std::int64_t count() const { return count_; }

  Region operator[](std::int64_t index) const {
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
  const Conv2dGeometry& g_;
  std::int64_t images_ = 1;
  std::int64_t rows_ = 1;
  std::int64_t columns_ = 1;
  std::int64_t count_ = 0;
};

}  // namespace wisp::kernels::native
