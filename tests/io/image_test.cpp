#include <wisp/io/image.h>

#include <gmock/gmock.h>

#include <wisp/core/rng.h>
#include <wisp/io/png.h>

#include <tests/pictures.h>
#include <tests/temporary_folder.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string little_endian(std::uint32_t value, int bytes = 4) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 255);
  return text;
}

std::string big_endian(std::uint32_t value) {
  const std::string text = little_endian(value);
  return {text.rbegin(), text.rend()};
}

// PNG's specification, annex D.
std::uint32_t crc32(const std::string& bytes) {
  std::uint32_t crc = ~0u;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
  }
  return ~crc;
}

// A PNG file's chunk.
std::string chunk(const std::string& name, const std::string& content) {
  return big_endian(static_cast<std::uint32_t>(content.size())) + name + content + big_endian(crc32(name + content));
}

// A PNG file with the checksums that its chunks should have, as far as there are chunks.
std::string with_right_checksums(std::string png) {
  for (std::size_t at = 8; at + 12 <= png.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(png[at + i]);
    if (length > png.size() - at - 12) break;
    png.replace(at + 8 + length, 4, big_endian(crc32(png.substr(at + 4, length + 4))));
    at += length + 12;
  }
  return png;
}

// A zlib stream of one stored block.
std::string stored(const std::string& bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  return raw("\x78\x01\x01") + little_endian(size, 2) + little_endian(~size, 2) + bytes + big_endian(0);
}

// One line of pixels. Color types: 0 grey, 2 RGB, 4 grey and alpha, 6 RGBA.
std::string png(std::uint32_t width, int bits, int color_type, const std::string& pixels, std::uint32_t height = 1) {
  return raw("\x89PNG\r\n\x1a\n") +
         chunk("IHDR", big_endian(width) + big_endian(height) + static_cast<char>(bits) +
                           static_cast<char>(color_type) + raw("\0\0\0")) +
         chunk("IDAT", stored(raw("\0") + pixels)) + chunk("IEND", "");
}

// 24 bits a pixel, blue first; negative heights are stored from the top down.
std::string bmp(int width, int height, const std::string& pixels) {
  return "BM" + little_endian(54 + static_cast<std::uint32_t>(pixels.size())) + little_endian(0) + little_endian(54) +
         little_endian(40) + little_endian(static_cast<std::uint32_t>(width)) +
         little_endian(static_cast<std::uint32_t>(height)) + little_endian(1, 2) + little_endian(24, 2) +
         std::string(24, '\0') + pixels;
}

class ReadImage : public ::testing::Test {
 protected:
  Tensor read(const std::string& bytes) { return read_image(write_bytes(path, bytes)); }
  std::vector<std::uint8_t> values(const std::string& bytes) { return read(bytes).values<std::uint8_t>(); }
  void expect_rejected(const std::string& bytes, const std::string& word) {
    EXPECT_THAT([&] { read(bytes); }, ThrowsMessage<IoError>(AllOf(HasSubstr(path), HasSubstr(word))));
  }

  TemporaryFolder folder;
  const std::string path = folder / "picture";
};

TEST_F(ReadImage, ReadsWhatWritePngWrites) {
  Rng rng(1);
  for (const std::int64_t channels : {1, 3}) {
    const Tensor image = to_u8(Tensor::rand({7, 5, channels}, rng), {0, 1});
    write_png(path, image);
    const Tensor back = read_image(path);
    EXPECT_EQ(back.shape(), (Shape{channels, 7, 5}));
    EXPECT_EQ(back.permute({1, 2, 0}).values<std::uint8_t>(), image.values<std::uint8_t>());
  }
}

TEST_F(ReadImage, AlphaLiesOverWhite) {
  EXPECT_THAT(values(png(3, 8, 4, raw("\x64\xff\x64\x00\x64\x33"))), ElementsAre(100, 255, 224));
  EXPECT_THAT(values(png(2, 8, 6, raw("\x0a\x14\x1e\xff\x01\x64\xff\x80"))), ElementsAre(10, 128, 20, 177, 30, 255));
}

TEST_F(ReadImage, SixteenBitsBecomeEight) {
  const Tensor image = read(png(2, 16, 0, raw("\x12\xff\xab\x00")));
  EXPECT_EQ(image.shape(), (Shape{1, 1, 2}));
  EXPECT_THAT(image.values<std::uint8_t>(), ElementsAre(0x12, 0xab));
}

TEST_F(ReadImage, Bmp) {
  const std::string lines = raw("\x01\x02\x03\0") + raw("\x04\x05\x06\0");
  EXPECT_THAT(values(bmp(1, 2, lines)), ElementsAre(6, 3, 5, 2, 4, 1)) << "from the bottom up";
  EXPECT_THAT(values(bmp(1, -2, lines)), ElementsAre(3, 6, 2, 5, 1, 4)) << "from the top down";
  expect_rejected(bmp(1, 2, lines.substr(0, 6)), "cut short");
}

TEST_F(ReadImage, Jpeg) {
  const std::string jpeg = grey_jpeg();
  const Tensor image = read(jpeg);
  EXPECT_EQ(image.shape(), (Shape{1, 8, 8}));
  EXPECT_THAT(image.values<std::uint8_t>(), ::testing::Each(137));
  expect_rejected(jpeg.substr(0, jpeg.size() - 2), "cut short");
  expect_rejected(jpeg.substr(0, 100), "");
}

TEST_F(ReadImage, NoPictures) {
  EXPECT_THAT([] { read_image("/nowhere/picture.png"); }, ThrowsMessage<IoError>(HasSubstr("/nowhere/picture.png")));
  EXPECT_THAT([&] { read_image(folder.path()); }, ThrowsMessage<IoError>(HasSubstr("directory")));
  expect_rejected("", "empty");
  expect_rejected("P", "PNG, JPEG and BMP");
  expect_rejected("A letter, not a picture.", "PNG, JPEG and BMP");
  expect_rejected("GIF89a" + std::string(100, '\1'), "PNG, JPEG and BMP");
  expect_rejected(png(0, 8, 0, ""), "");
  const std::string good = png(3, 8, 2, "abcdefghi");
  EXPECT_EQ(read(good).shape(), (Shape{3, 1, 3})) << "the cases below are pieces of this";
  for (std::size_t size = 0; size < good.size(); ++size) expect_rejected(good.substr(0, size), "");
}

TEST_F(ReadImage, EveryChangedByteOfAPngIsNoticed) {
  const std::string good = png(3, 8, 2, "abcdefghi");
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bytes = good;
    bytes[at] ^= 4;
    expect_rejected(bytes, "");
  }
  std::string pixel = good, checksum = good;
  pixel[good.find("abcdefghi")] = 'x';
  expect_rejected(pixel, "checksum");
  checksum[good.find("abcdefghi") + 9 + 4] ^= 1;  // after the pixels: four bytes of zlib's, then the chunk's
  expect_rejected(checksum, "checksum");
  EXPECT_THAT(values(with_right_checksums(pixel)), ::testing::Contains('x')) << "nothing but the checksum was wrong";
  EXPECT_EQ(read(good + "anything after it").shape(), (Shape{3, 1, 3}));
}

TEST_F(ReadImage, Bounds) {
  EXPECT_THAT([&] { read(png(1 << 13, 8, 0, "", (1 << 11) + 1)); },
              ThrowsMessage<IoError>(AllOf(HasSubstr("8192 x 2049"), HasSubstr("16777216"))));
  write_bytes(path, "x");
  std::filesystem::resize_file(path, (64 << 20) + 1);
  EXPECT_THAT([&] { read_image(path); }, ThrowsMessage<IoError>(AllOf(HasSubstr("67108865"), HasSubstr("67108864"))));
}

// 512 MiB of zeros, deflated, in a picture of one pixel.
TEST_F(ReadImage, UnpacksNoMoreThanThePictureNeeds) {
  // Fixed Huffman code: literal 0 (8 bits 00110000), then copies of length 258, distance 1: 11000101 00000, 13 bits.
  std::string bits = "11000110000";  // last block, fixed codes; literal 0
  constexpr int copies = 2'100'000;
  bits.reserve(13 * copies + 16);
  for (int i = 0; i < copies; ++i) bits += "1100010100000";
  bits += "0000000";
  std::string deflated = raw("\x78\x01");
  for (std::size_t at = 0; at < bits.size(); at += 8) {
    int byte = 0;
    for (std::size_t i = 0; i < 8 && at + i < bits.size(); ++i) byte |= (bits[at + i] - '0') << i;
    deflated += static_cast<char>(byte);
  }
  const std::string start = png(1, 8, 0, "");
  expect_rejected(start.substr(0, 8 + 25) + chunk("IDAT", deflated + big_endian(0)) + chunk("IEND", ""), "");
}

TEST_F(ReadImage, DamageNeverCrashes) {
  Rng rng(7);
  write_png(path, to_u8(Tensor::rand({24, 17, 3}, rng), {0, 1}));
  const std::string good = read_bytes(path);
  int pictures = 0, errors = 0;
  for (int round = 0; round < 500; ++round) {
    std::string bytes = good;
    for (std::uint64_t count = 1 + rng.integer(4); count > 0; --count)
      bytes[rng.integer(round % 2 == 0 ? 80 : bytes.size())] = static_cast<char>(rng.integer(256));
    if (round % 5 == 0) bytes.resize(rng.integer(bytes.size()));
    bytes = with_right_checksums(bytes);  // else they alone would be found
    try {
      const Tensor image = read(bytes);
      EXPECT_TRUE(image.rank() == 3 && (image.dim(0) == 1 || image.dim(0) == 3) && image.numel() > 0);
      ++pictures;
    } catch (const IoError& error) {
      EXPECT_EQ(error.path(), path);
      ++errors;
    }
  }
  EXPECT_GT(pictures, 50);
  EXPECT_GT(errors, 50);
}

}  // namespace
}  // namespace wisp::testing
