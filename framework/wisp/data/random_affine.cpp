#include <wisp/data/random_affine.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <wisp/core/error.h>
#include <wisp/core/parallel.h>

namespace wisp {
namespace {

// One image, H x W x C: `out` at p is `in` at from_p, the map that leads back.
class Resampler {
 public:
  Resampler(std::int64_t height, std::int64_t width, std::int64_t channels, float fill)
      : height_(height), width_(width), channels_(channels), fill_(fill) {}

  void operator()(const float* in, float* out, double angle, double scale, double move_y, double move_x) const {
    const double a = std::cos(angle) / scale, b = std::sin(angle) / scale;
    const double centre_y = 0.5 * static_cast<double>(height_ - 1), centre_x = 0.5 * static_cast<double>(width_ - 1);
    for (std::int64_t y = 0; y < height_; ++y)
      for (std::int64_t x = 0; x < width_; ++x, out += channels_) {
        const double dy = static_cast<double>(y) - centre_y - move_y, dx = static_cast<double>(x) - centre_x - move_x;
        interpolate(in, centre_y + a * dy - b * dx, centre_x + b * dy + a * dx, out);
      }
  }

 private:
  void interpolate(const float* in, double y, double x, float* out) const {
    const bool near = -1 < y && y < static_cast<double>(height_) && -1 < x && x < static_cast<double>(width_);
    if (!near) {  // also where a number is infinite or NaN
      std::fill_n(out, channels_, fill_);
      return;
    }
    const double top = std::floor(y), left = std::floor(x);
    const auto row = static_cast<std::int64_t>(top), column = static_cast<std::int64_t>(left);
    const auto fy = static_cast<float>(y - top), fx = static_cast<float>(x - left);
    for (std::int64_t c = 0; c < channels_; ++c) {
      const float above = between(fx, pixel(in, row, column, c), pixel(in, row, column + 1, c));
      const float below = between(fx, pixel(in, row + 1, column, c), pixel(in, row + 1, column + 1, c));
      out[c] = between(fy, above, below);
    }
  }

  // A number of weight 0 takes no part, even where it is NaN.
  static float between(float second, float a, float b) {
    if (second == 0) return a;
    return second == 1 ? b : (1 - second) * a + second * b;
  }

  float pixel(const float* in, std::int64_t y, std::int64_t x, std::int64_t c) const {
    const bool inside = 0 <= y && y < height_ && 0 <= x && x < width_;
    return inside ? in[(y * width_ + x) * channels_ + c] : fill_;
  }

  std::int64_t height_, width_, channels_;
  float fill_;
};

}  // namespace

Tensor random_affine(const Tensor& images, const RandomAffineOptions& options, Rng& rng) {
  const auto [degrees, translate, scale, fill] = options;
  check(images.rank() == 4 && images.dtype() == DType::f32,
        "random_affine: images must be f32 N x C x H x W, given {} {}", name_of(images.dtype()), images.shape());
  check(std::isfinite(degrees) && degrees >= 0 && std::isfinite(translate) && translate >= 0,
        "random_affine: degrees and translate must be finite and at least 0, given {} and {}", degrees, translate);
  check(0 < scale.first && scale.first <= scale.second && std::isfinite(scale.second),
        "random_affine: scale must be a range of finite factors above 0, given {} to {}", scale.first, scale.second);
  const std::int64_t count = images.dim(0), channels = images.dim(1), height = images.dim(2), width = images.dim(3);
  const std::int64_t pixels = channels * height * width;
  if (images.numel() == 0) return Tensor::empty(images.shape());
  constexpr double smallest = 1e-290;  // its inverse is finite
  std::vector<double> numbers(static_cast<std::size_t>(4 * count));
  rng.uniform(std::span(numbers), -1, 1);
  Tensor result = Tensor::empty(images.shape());
  const Resampler resample(height, width, channels, static_cast<float>(fill));
  const float* const in = images.data<float>();
  float* const out = result.mutable_data<float>();
  parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const double* const u = &numbers[static_cast<std::size_t>(4 * i)];
      // A full turn changes nothing, and a factor below `smallest` no more than that.
      const double factor = std::max(scale.first + (scale.second - scale.first) * ((1 + u[1]) / 2), smallest);
      const double angle = std::fmod(u[0] * degrees, 360) * std::numbers::pi / 180;
      resample(in + i * pixels, out + i * pixels, angle, factor, u[2] * translate * static_cast<double>(height),
               u[3] * translate * static_cast<double>(width));
    }
  });
  return result;
}

}  // namespace wisp
