// JPEG files as read_image reads them.
#include <array>

#include <wisp/core/rng.h>

#include <tests/jpeg_file.h>
#include <tests/pictures.h>
#include <tests/png_file.h>
#include <tests/read_image_test.h>

namespace wisp::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

std::vector<std::uint8_t> noise(std::size_t size) {
  Rng rng(3);
  std::vector<std::uint8_t> pixels(size);
  for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(rng.integer(256));
  return pixels;
}

// 8 x 8 pixels of one colour, in the finest steps.
std::string plain(J_COLOR_SPACE colours, J_COLOR_SPACE stored, const std::vector<std::uint8_t>& colour) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 64; ++i) pixels.insert(pixels.end(), colour.begin(), colour.end());
  return jpeg_of({8, 8, colours, stored, 100}, pixels);
}

TEST_F(ReadImage, JpegGrey) {
  const Tensor image = read(grey_jpeg());
  EXPECT_EQ(image.shape(), (Shape{1, 8, 8}));
  EXPECT_THAT(image.values<std::uint8_t>(), Each(137));
  EXPECT_THAT(values(grey_jpeg() + "anything after it"), Each(137));
}

TEST_F(ReadImage, JpegCutShort) {
  const std::vector<std::uint8_t> pixels = noise(20 * 20 * 3);
  for (const bool progressive : {false, true}) {
    const std::string good = jpeg_of({20, 20, JCS_RGB, JCS_YCbCr, 50, progressive}, pixels);
    EXPECT_EQ(read(good).shape(), (Shape{3, 20, 20}));
    for (std::size_t size = 1; size < good.size(); size += 3) expect_rejected(good.substr(0, size), "cut short");
    const std::size_t scan = good.find("\xff\xda");
    expect_rejected(good.substr(0, scan + 60) + "\xff\xd9", "damaged");
    expect_rejected(good.substr(0, scan) + "\xff\xd9", "damaged");
  }
}

TEST_F(ReadImage, JpegColours) {
  const auto first = [&](const std::string& file) {
    const std::vector<std::uint8_t> all = values(file);
    return std::vector<int>{all[0], all[64], all[128]};
  };
  EXPECT_THAT(first(plain(JCS_RGB, JCS_RGB, {10, 200, 90})), ElementsAre(10, 200, 90));
  // Inks are stored inverted: 255 is none. (255 - cyan) (255 - black) / 255 is red.
  EXPECT_THAT(first(plain(JCS_CMYK, JCS_CMYK, {10, 200, 90, 255})), ElementsAre(10, 200, 90));
  EXPECT_THAT(first(plain(JCS_CMYK, JCS_CMYK, {10, 200, 90, 51})), ElementsAre(2, 40, 18));
  const std::vector<int> ycck = first(plain(JCS_CMYK, JCS_YCCK, {10, 200, 90, 51}));
  EXPECT_THAT(ycck, ElementsAre(::testing::Le(3), ::testing::AllOf(::testing::Ge(39), ::testing::Le(41)),
                                ::testing::AllOf(::testing::Ge(17), ::testing::Le(19))));
}

TEST_F(ReadImage, JpegProgressiveIsTheSamePicture) {
  const std::vector<std::uint8_t> pixels = noise(33 * 19 * 3);
  const auto file = [&](bool progressive) { return jpeg_of({19, 33, JCS_RGB, JCS_YCbCr, 80, progressive}, pixels); };
  EXPECT_EQ(values(file(true)), values(file(false)));
}

// Quarters of 16 x 8 pixels.
TEST_F(ReadImage, JpegAndPngOrientations) {
  constexpr std::uint8_t quarters[2][2] = {{'A', 'B'}, {'C', 'D'}};
  std::vector<std::uint8_t> pixels;
  std::string lines;
  for (int y = 0; y < 16; ++y) {
    lines += '\0';
    for (int x = 0; x < 32; ++x) {
      pixels.push_back(quarters[y / 8][x / 16]);
      lines += static_cast<char>(pixels.back());
    }
  }
  const std::string upright[] = {"ABCD", "BADC", "DCBA", "CDAB", "ACBD", "CADB", "DBCA", "BDAC"};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string tiff = orientation_tiff(orientation, orientation % 2 == 0);
    const std::string png = png_with({32, 16, 8, 0}, chunk("eXIf", tiff), lines);
    for (const std::string& file : {jpeg_of({16, 32, JCS_GRAYSCALE, JCS_GRAYSCALE, 100, false, tiff}, pixels), png}) {
      const Tensor image = read(file);
      EXPECT_EQ(image.shape(), orientation < 5 ? (Shape{1, 16, 32}) : (Shape{1, 32, 16})) << orientation;
      const std::vector<std::uint8_t> bytes = image.values<std::uint8_t>();
      const auto width = static_cast<std::size_t>(image.dim(2));
      const std::string corners{static_cast<char>(bytes[0]), static_cast<char>(bytes[width - 1]),
                                static_cast<char>(bytes[bytes.size() - width]), static_cast<char>(bytes.back())};
      EXPECT_EQ(corners, upright[orientation - 1]);
    }
  }
}

TEST_F(ReadImage, JpegExifBehindManySmallSegments) {
  const std::string tiff = orientation_tiff(6, true);
  const std::string file = jpeg_of({8, 16, JCS_GRAYSCALE, JCS_GRAYSCALE, 90, false, tiff}, noise(8 * 16));
  std::string small, other = raw("\xff\xe1\0\x08") + "Other!";
  for (int i = 0; i < 100'000; ++i) small += raw("\xff\xe1\0\x02");
  const auto with = [&](const std::string& segments) { return file.substr(0, 2) + segments + file.substr(2); };
  for (const std::string& segments : {std::string(), small, other, raw("\xff\xff\xff\xfe\0\x03\xff"), raw("\xff\x01")})
    EXPECT_EQ(read(with(segments)).shape(), (Shape{1, 16, 8})) << segments.size();
  const std::string comment = raw("\xff\xfe\0\x26\xff\xe1\0\x22"
                                  "Exif\0\0") +
                              orientation_tiff(1, true);
  EXPECT_EQ(comment.size(), 2u + 0x26u);
  EXPECT_EQ(read(with(comment)).shape(), (Shape{1, 16, 8})) << "what is in another segment is none";
}

// A progressive picture whose last scan is there so many times more.
std::string with_scans(int side, int more) {
  const auto pixels = std::vector<std::uint8_t>(static_cast<std::size_t>(side * side), 77);
  std::string file = jpeg_of({side, side, JCS_GRAYSCALE, JCS_GRAYSCALE, 90, true}, pixels);
  const std::string scan = file.substr(file.rfind("\xff\xda"), file.size() - 2 - file.rfind("\xff\xda"));
  file.resize(file.size() - 2);
  for (int i = 0; i < more; ++i) file += scan;
  return file + "\xff\xd9";
}

TEST_F(ReadImage, JpegOfTooManyScans) {
  constexpr int own = 6;  // libjpeg's for grey
  EXPECT_THAT(values(with_scans(512, 24 - own)), Each(77));
  expect_rejected(with_scans(512, 60 - own), "scans");
  EXPECT_THAT(values(with_scans(8, 100 - own)), Each(77)) << "a small picture may have more";
  expect_rejected(with_scans(8, 101 - own), "more than 100 scans");
}

TEST_F(ReadImage, JpegMistakes) {
  const std::string good = grey_jpeg();
  const std::size_t frame = good.find("\xff\xc0"), table = good.find("\xff\xc4");
  std::string bad = good;
  bad.replace(frame + 5, 4, "\x20\x01\x20\0", 4);
  expect_rejected(bad, "8192 x 8193");
  bad.replace(frame + 5, 4, "\xff\xff\xff\xff");
  expect_rejected(bad, "65535 x 65535");
  bad = good;
  bad[frame + 4] = 12;
  expect_rejected(bad, "offset 0: the picture is of a kind of JPEG that is not read");
  for (const char kind : {'\xc3', '\xc5', '\xc7', '\xc9', '\xca', '\xcb', '\xcf'}) {  // lossless, arithmetic ...
    bad = good;
    bad[frame + 1] = kind;
    expect_rejected(bad, "offset 0: the picture is of a kind of JPEG that is not read");
  }
  // A code table that announces 257 symbols.
  expect_rejected(good.substr(0, table) + raw("\xff\xc4\x01\x14\0") + std::string(15, '\x0f') + '\x20' +
                      std::string(257, '\0') + good.substr(table),
                  "damaged");
}

TEST_F(ReadImage, DamageToAJpegNeverCrashes) {
  Rng rng(7);
  const auto jpeg = [](bool progressive) {
    return jpeg_of({24, 17, JCS_RGB, JCS_YCbCr, 60, progressive}, noise(24 * 17 * 3));
  };
  expect_read_or_rejected(400, [&, good = std::array{jpeg(false), jpeg(true)}](int round) {
    std::string bytes = good[static_cast<std::size_t>(round % 2)];
    change_bytes(bytes, 3, bytes.size(), rng);
    if (round % 5 == 0) bytes.resize(1 + rng.integer(bytes.size() - 1));
    return bytes;
  });
}

}  // namespace
}  // namespace wisp::testing
