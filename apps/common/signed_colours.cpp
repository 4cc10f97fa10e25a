#include <apps/common/signed_colours.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <wisp/core/max_or_nan.h>

namespace wisp::apps {

Tensor signed_colours(const Tensor& maps, double largest) {
  constexpr std::array<std::array<double, 3>, 2> hues{{{0.25, 0.6, 1.0}, {1.0, 0.6, 0.15}}};  // negative, positive
  const std::vector<double> values = maps.to(DType::f64).values<double>();
  const std::int64_t pixels = maps.dim(1) * maps.dim(2);
  std::vector<std::uint8_t> colours(3 * values.size());
  for (std::int64_t i = 0; i < maps.numel(); ++i) {
    const double value = values[static_cast<std::size_t>(i)];
    const double size = std::isnan(value) || !(largest > 0) ? 0 : std::abs(value);
    const double strength = size < largest ? size / largest : size > 0 ? 1 : 0;
    const double shade = std::min(strength / 0.6, 1.0), white = std::max(strength - 0.6, 0.0);
    for (std::int64_t c = 0; c < 3; ++c) {
      const double hue = hues[value > 0][static_cast<std::size_t>(c)];
      colours[static_cast<std::size_t>((i / pixels * 3 + c) * pixels + i % pixels)] =
          static_cast<std::uint8_t>(std::lround(255 * (shade * hue + white * (1 - hue))));
    }
  }
  return Tensor::from({maps.dim(0), 3, maps.dim(1), maps.dim(2)}, colours);
}

double largest_magnitude(const Tensor& x) {
  double largest = 0;
  for (const double value : x.to(DType::f64).values<double>()) largest = max_or_nan(largest, std::abs(value));
  return largest;
}

}  // namespace wisp::apps
