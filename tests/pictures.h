// Picture files for tests.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <wisp/io/png.h>

#include <tests/temporary_folder.h>

namespace wisp::testing {

/// A pixel's byte from its line, column and colour.
using Painter = std::function<int(std::int64_t y, std::int64_t x, std::int64_t c)>;

/// The bytes of a PNG file of the picture.
inline std::string png_of(std::int64_t height, std::int64_t width, std::int64_t channels, const Painter& paint) {
  std::vector<std::uint8_t> pixels;
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < channels; ++c) pixels.push_back(static_cast<std::uint8_t>(paint(y, x, c)));
  const std::vector<std::byte> png = encode_png(Tensor::from({height, width, channels}, pixels));
  return {reinterpret_cast<const char*>(png.data()), png.size()};
}

/// The bytes of a PNG file of one colour.
inline std::string png_of(std::int64_t height, std::int64_t width, std::vector<int> colour) {
  return png_of(height, width, static_cast<std::int64_t>(colour.size()),
                [&](std::int64_t, std::int64_t, std::int64_t c) { return colour[static_cast<std::size_t>(c)]; });
}

/// A few bytes that announce a PNG picture of 20,000 x 20,000 pixels.
inline std::string huge_png() {
  std::string png = png_of(8, 8, {0});
  return png.replace(16, 8, raw("\0\0\x4e\x20\0\0\x4e\x20"));
}

/// A JPEG file of 8 x 8 grey pixels of the shade 137 = 128 + 8 * 9 / 8: a DC coefficient of 9 steps of 8, from the code
/// table "length 4: 0".
inline std::string grey_jpeg() {
  const std::string scan = raw("\x4b");  // 0 1001 0 11: four bits follow, 9, end of block, filled up with ones
  return raw("\xff\xd8\xff\xdb\0\x43\0") + std::string(64, '\x08') +
         raw("\xff\xc0\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0") +
         raw("\xff\xc4\0\x14\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x04") +
         raw("\xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") + raw("\xff\xda\0\x08\x01\x01\0\0\x3f\0") +
         scan + raw("\xff\xd9");
}

}  // namespace wisp::testing
