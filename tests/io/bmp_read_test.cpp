// BMP files as read_image reads them.
#include <tests/png_file.h>
#include <tests/read_image_test.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;

// Negative heights are stored from the top down; `more` lies between the 40 bytes of the header and the pixels.
std::string bmp(int width, int height, int bits, const std::string& pixels, const std::string& more = "",
                std::uint32_t compression = 0, std::uint32_t header = 40) {
  const auto start = static_cast<std::uint32_t>(54 + more.size());
  return "BM" + little_endian(start + static_cast<std::uint32_t>(pixels.size())) + little_endian(0) +
         little_endian(start) + little_endian(header) + little_endian(static_cast<std::uint32_t>(width)) +
         little_endian(static_cast<std::uint32_t>(height)) + little_endian(1, 2) +
         little_endian(static_cast<std::uint32_t>(bits), 2) + little_endian(compression) + std::string(20, '\0') +
         more + pixels;
}

TEST_F(ReadImage, BmpOf24Bits) {
  const std::string lines = raw("\x01\x02\x03\0") + raw("\x04\x05\x06\0");
  EXPECT_THAT(values(bmp(1, 2, 24, lines)), ElementsAre(6, 3, 5, 2, 4, 1)) << "from the bottom up";
  EXPECT_THAT(values(bmp(1, -2, 24, lines)), ElementsAre(3, 6, 2, 5, 1, 4)) << "from the top down";
  const std::string good = bmp(1, 2, 24, lines);
  for (std::size_t size = 1; size < good.size(); ++size) expect_rejected(good.substr(0, size), "cut short");
}

TEST_F(ReadImage, BmpOf32Bits) {
  EXPECT_THAT(values(bmp(2, 1, 32, raw("\x01\x02\x03\0\x04\x05\x06\x07"))), ElementsAre(3, 6, 2, 5, 1, 4))
      << "without masks the fourth byte is nothing";
  const std::string rgb = raw("\xff\0\0\0\0\xff\0\0\0\0\xff\0"), alpha = raw("\0\0\0\xff");
  EXPECT_THAT(values(bmp(1, 1, 32, "abcd", rgb, 3)), ElementsAre('a', 'b', 'c'));
  EXPECT_THAT(values(bmp(1, 1, 32, raw("\x64\x64\x64\x33"), rgb + alpha, 3, 56)), ElementsAre(224, 224, 224));
  expect_rejected(bmp(1, 1, 32, "abcd", rgb.substr(0, 8) + raw("\0\0\0\0"), 3), "damaged");
  expect_rejected(bmp(1, 1, 32, "abcd", rgb.substr(0, 8) + raw("\0\x0f\0\0"), 3), "whole bytes");
}

TEST_F(ReadImage, BmpOfPalettes) {
  const std::string palette = "cba0fed0" + std::string(254 * 4, 'x');
  EXPECT_THAT(values(bmp(2, 1, 8, raw("\1\0\0\0"), palette)), ElementsAre('d', 'a', 'e', 'b', 'f', 'c'));
  EXPECT_THAT(values(bmp(3, 1, 1, raw("\xa0\0\0\0"), palette.substr(0, 8))),
              ElementsAre('d', 'a', 'd', 'e', 'b', 'e', 'f', 'c', 'f'));
  std::string two_colours = bmp(3, 1, 4, raw("\x01\x00\0\0"), palette.substr(0, 8));
  two_colours[46] = 2;
  EXPECT_THAT(values(two_colours), ElementsAre('a', 'd', 'a', 'b', 'e', 'b', 'c', 'f', 'c'));
  two_colours[62] = '\x20';
  expect_rejected(two_colours, "damaged");
}

TEST_F(ReadImage, BmpMistakes) {
  const std::string pixels = std::string(16, 'x');
  expect_rejected(bmp(1, 1, 16, pixels), "1, 4, 8, 24 or 32 bits");
  expect_rejected(bmp(1, 1, 8, pixels, std::string(1024, 'x'), 1), "without compression");
  expect_rejected(bmp(1, 1, 24, pixels, "", 0, 12), "BMP");
  expect_rejected(bmp(0, 1, 24, pixels), "0 x 1");
  expect_rejected(bmp(-1, 1, 24, pixels), "-1 x 1");
  expect_rejected(bmp(1, std::numeric_limits<int>::min(), 24, pixels), "16777216");
  expect_rejected(bmp(1 << 13, (1 << 11) + 1, 24, pixels), "8192 x 2049");
  expect_rejected(bmp(1, 1, 8, pixels, "", 0, 0xffffffff), "cut short");
}

}  // namespace
}  // namespace wisp::testing
