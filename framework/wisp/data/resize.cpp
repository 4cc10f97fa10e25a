#include <wisp/data/resize.h>

#include <algorithm>
#include <cmath>

#include <wisp/core/error.h>

namespace wisp::detail {

BilinearResize::BilinearResize(std::int64_t height, std::int64_t width, std::int64_t channels, std::int64_t size)
    : height_(height), width_(width), channels_(channels), size_(size) {
  constexpr std::int64_t most_pixels = std::int64_t{1} << 24, most = std::int64_t{1} << 15;
  check(
      std::min({height, width, channels, size}) >= 1 && std::max(height, width) <= most_pixels &&
          std::max(channels, size) <= most,
      "BilinearResize: height and width must be between 1 and 2^24, channels and size between 1 and 2^15, given {}x{}, "
      "{} and {}",
      height, width, channels, size);
  rows_ = make_taps(height, size);
  columns_ = make_taps(width, size);
}

std::vector<BilinearResize::Taps> BilinearResize::make_taps(std::int64_t from, std::int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double reach = std::max(scale, 1.0);  // half the width of the triangle
  std::vector<Taps> all;
  for (std::int64_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(static_cast<std::int64_t>(std::floor(centre - reach + 0.5)), 0);
    const auto last = std::min<std::int64_t>(static_cast<std::int64_t>(std::floor(centre + reach + 0.5)), from);
    Taps taps{first, {}};
    double sum = 0;
    for (std::int64_t k = first; k < last; ++k) {
      const double distance = std::abs(static_cast<double>(k) + 0.5 - centre);
      taps.weights.push_back(std::max(1 - distance / reach, 0.0));
      sum += taps.weights.back();
    }
    for (double& weight : taps.weights) weight /= sum;
    all.push_back(std::move(taps));
  }
  return all;
}

// A result may be the sum of thousands of pixels: in double, rounded once along each axis.
void BilinearResize::operator()(const std::uint8_t* in, float* out, float* scratch) const {
  for (std::int64_t y = 0; y < height_; ++y)
    for (std::int64_t x = 0; x < size_; ++x) {
      const Taps& taps = columns_[static_cast<std::size_t>(x)];
      const std::uint8_t* from = in + (y * width_ + taps.first) * channels_;
      for (std::int64_t c = 0; c < channels_; ++c, ++from) {
        double sum = 0;
        const std::uint8_t* pixel = from;
        for (const double weight : taps.weights) {
          sum += weight * *pixel;
          pixel += channels_;
        }
        scratch[(y * size_ + x) * channels_ + c] = static_cast<float>(sum);
      }
    }
  constexpr std::int64_t block = 256;  // sums side by side
  const std::int64_t line = size_ * channels_;
  for (std::int64_t y = 0; y < size_; ++y)
    for (std::int64_t start = 0; start < line; start += block) {
      const Taps& taps = rows_[static_cast<std::size_t>(y)];
      const std::int64_t count = std::min(block, line - start);
      double sums[block] = {};
      const float* from = scratch + taps.first * line + start;
      for (const double weight : taps.weights) {
        for (std::int64_t i = 0; i < count; ++i) sums[i] += weight * static_cast<double>(from[i]);
        from += line;
      }
      std::transform(sums, sums + count, out + y * line + start, [](double sum) { return static_cast<float>(sum); });
    }
  // Rounding must not leave the range.
  for (std::int64_t i = 0; i < size_ * line; ++i) out[i] = std::min(out[i], 255.0f);
}

}  // namespace wisp::detail
