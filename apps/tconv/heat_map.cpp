#include <apps/tconv/heat_map.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace wisp::apps {

Tensor heat_map(const Image& image, std::int64_t pixels) {
  constexpr std::array<double, 3> blue = {11, 98, 196}, orange = {214, 96, 16};
  double most = 0;
  for (const double value : image.values) most = std::max(most, std::abs(value));
  const std::int64_t gap = image.channels > 1 ? 1 : 0;  // a white column between channels
  const std::int64_t columns = image.channels * (image.width + gap) - gap;
  const std::int64_t height = image.height * pixels, width = columns * pixels;
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(height * width * 3), 255);
  for (std::int64_t row = 0; row < height; ++row)
    for (std::int64_t column = 0; column < width; ++column) {
      const std::int64_t cell = column / pixels, channel = cell / (image.width + gap), x = cell % (image.width + gap);
      if (x == image.width) continue;
      const double value = image.at(channel, row / pixels, x);
      const double share = most > 0 ? std::abs(value) / most : 0;
      for (std::size_t i = 0; i < 3; ++i)
        bytes[static_cast<std::size_t>((row * width + column) * 3) + i] =
            static_cast<std::uint8_t>(std::lround(255 + share * ((value < 0 ? orange : blue)[i] - 255)));
    }
  return Tensor::from({height, width, 3}, bytes);
}

}  // namespace wisp::apps
