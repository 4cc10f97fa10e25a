#include <wisp/data/resize.h>

#include <algorithm>
#include <cmath>

namespace wisp {

BilinearResize::BilinearResize(std::int64_t height, std::int64_t width, std::int64_t channels, std::int64_t size)
    : height_(height),
      width_(width),
      channels_(channels),
      size_(size),
      rows_(make_taps(height, size)),
      columns_(make_taps(width, size)) {}

std::vector<BilinearResize::Taps> BilinearResize::make_taps(std::int64_t from, std::int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double reach = std::max(scale, 1.0);  // half the width of the triangle
  std::vector<Taps> all;
  for (std::int64_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(static_cast<std::int64_t>(std::floor(centre - reach + 0.5)), 0);
    const auto last = std::min<std::int64_t>(static_cast<std::int64_t>(std::floor(centre + reach + 0.5)), from);
    std::vector<double> weights;
    double sum = 0;
    for (std::int64_t k = first; k < last; ++k) {
      const double distance = std::abs(static_cast<double>(k) + 0.5 - centre);
      weights.push_back(std::max(1 - distance / reach, 0.0));
      sum += weights.back();
    }
    Taps taps{first, {}};
    for (const double weight : weights) taps.weights.push_back(static_cast<float>(weight / sum));
    all.push_back(std::move(taps));
  }
  return all;
}

void BilinearResize::operator()(const std::uint8_t* in, float* out, float* scratch) const {
  for (std::int64_t y = 0; y < height_; ++y)
    for (std::int64_t x = 0; x < size_; ++x) {
      const Taps& taps = columns_[static_cast<std::size_t>(x)];
      const std::uint8_t* from = in + (y * width_ + taps.first) * channels_;
      float* to = scratch + (y * size_ + x) * channels_;
      std::fill_n(to, channels_, 0.0f);
      for (const float weight : taps.weights)
        for (std::int64_t c = 0; c < channels_; ++c) to[c] += weight * static_cast<float>(*from++);
    }
  const std::int64_t line = size_ * channels_;
  for (std::int64_t y = 0; y < size_; ++y) {
    const Taps& taps = rows_[static_cast<std::size_t>(y)];
    const float* from = scratch + taps.first * line;
    float* to = out + y * line;
    std::fill_n(to, line, 0.0f);
    for (const float weight : taps.weights)
      for (std::int64_t i = 0; i < line; ++i) to[i] += weight * *from++;
  }
  // Rounding must not leave the range.
  for (std::int64_t i = 0; i < size_ * line; ++i) out[i] = std::min(out[i], 255.0f);
}

}  // namespace wisp
