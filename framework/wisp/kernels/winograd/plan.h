// How a strided convolution is cut into the tiles of F(m, 2).
//
// With stride s, kernel tap a = s u + f (phase f < s, u < 2) meets pixel i s - p + a = (i + u) s + f - p of output i.
// So the pixels of phase f, numbered j from f - p in steps of s, are convolved with the taps f and s + f and stride 1:
//
//   y_i = sum over f of  w_f x_f[i] + w_(s+f) x_f[i+1]
//
// and the phases stand side by side like channels. A phase with f >= k - s has one tap only. Outputs are cut into
// tiles of m = 2, 3 or 4, of at most two sizes on an axis; a tile of m outputs reads m + 1 pixels of each phase.
#pragma once

#include <array>
#include <cstdint>

#include <wisp/core/parallel.h>
#include <wisp/kernels/conv2d.h>
#include <wisp/kernels/winograd/micro_kernel.h>

namespace wisp::kernels::winograd {

/// `count` tiles of `size` outputs, from output `first` on.
struct TileRun {
  int size = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;

  /// Multiplications per tile, on this axis.
  int positions() const { return size + 1; }
};

/// Whether all phases have two taps on an axis.
inline bool has_two_taps(const Conv2dAxis& axis) { return axis.kernel == 2 * axis.stride; }

/// An axis cut into as few tiles as possible, the larger ones first. Tiles of 4 outputs, which round more than those of
/// 3, only where all phases have two taps: a phase with one makes the results smaller but not the errors.
struct AxisPlan {
  std::array<TileRun, 2> runs;  ///< the second is empty where all tiles have one size

  explicit AxisPlan(const Conv2dAxis& axis) {
    const std::int64_t outputs = axis.output;
    const std::int64_t tiles = divide_up(outputs, has_two_taps(axis) ? 4 : 3);
    const std::int64_t larger = outputs % tiles;
    const int size = static_cast<int>(outputs / tiles);
    runs[0] = {size + (larger > 0 ? 1 : 0), 0, larger > 0 ? larger : tiles};
    runs[1] = {size, runs[0].size * larger, larger > 0 ? tiles - larger : 0};
  }
};

/// Whether an axis can be cut: two taps in some phase, none outside them, and no tile of a single output.
inline bool is_supported(const Conv2dAxis& a) {
  return a.dilation == 1 && a.kernel > a.stride && a.kernel <= 2 * a.stride && a.output > 1;
}

/// All tiles of one size, of some images: each is a row of the matrices that are multiplied.
struct TileClass {
  TileRun height, width;

  std::int64_t tiles_per_image() const { return height.count * width.count; }
  int positions() const { return height.positions() * width.positions(); }
};

/// The convolution, its phases and its classes of tiles.
class Plan {
 public:
  explicit Plan(const Conv2dGeometry& geometry) : g(geometry) {
    for (const TileRun& height : AxisPlan(g.height).runs)
      for (const TileRun& width : AxisPlan(g.width).runs)
        if (height.count > 0 && width.count > 0) {
          classes_[static_cast<std::size_t>(class_count_++)] = {height, width};
          products_per_image_ += height.count * height.positions() * width.count * width.positions();
        }
  }

  const TileClass* begin() const { return classes_.data(); }
  const TileClass* end() const { return classes_.data() + class_count_; }

  int phases() const { return static_cast<int>(g.height.stride * g.width.stride); }

  /// What a phase of the image is on each axis.
  struct Phase {
    std::int64_t height, width;
  };
  Phase phase(std::int64_t index) const { return {index / g.width.stride, index % g.width.stride}; }

  /// The taps (u, u') of a phase, in the order 0,0 0,1 1,0 1,1, each as its place in a filter's kernel, row by row; -1
  /// where the second one of an axis lies outside it.
  std::array<std::int64_t, 4> taps(std::int64_t phase_index) const {
    const Phase f = phase(phase_index);
    std::array<std::int64_t, 4> places{};
    for (std::size_t t = 0; t < 4; ++t) {
      const std::int64_t a = f.height + static_cast<std::int64_t>(t / 2) * g.height.stride;
      const std::int64_t b = f.width + static_cast<std::int64_t>(t % 2) * g.width.stride;
      places[t] = a < g.height.kernel && b < g.width.kernel ? a * g.width.kernel + b : -1;
    }
    return places;
  }

  /// Whether a phase has taps that a position of a class multiplies. Only at infinity, the last row or column, there
  /// are none, where the phase has but one tap on that axis.
  bool has_taps(const TileClass& c, int position, std::int64_t phase_index) const {
    const Phase f = phase(phase_index);
    const auto on_axis = [](const Conv2dAxis& a, std::int64_t of_axis, int at, int positions) {
      return at + 1 < positions || of_axis < a.kernel - a.stride;
    };
    return on_axis(g.height, f.height, position / c.width.positions(), c.height.positions()) &&
           on_axis(g.width, f.width, position % c.width.positions(), c.width.positions());
  }

  /// Whether all phases have taps at all positions.
  bool has_all_taps() const { return has_two_taps(g.height) && has_two_taps(g.width); }

  /// Positions of all tiles of one image: what each channel is multiplied, per filter.
  std::int64_t products_per_image() const { return products_per_image_; }

  Conv2dGeometry g;

 private:
  std::array<TileClass, 4> classes_;
  int class_count_ = 0;
  std::int64_t products_per_image_ = 0;
};

}  // namespace wisp::kernels::winograd
