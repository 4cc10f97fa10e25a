#include <wisp/io/image.h>

#include <gmock/gmock.h>

#include <wisp/core/rng.h>
#include <wisp/io/png.h>

#include <tests/png_file.h>
#include <tests/read_image_test.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

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

TEST_F(ReadImage, SixteenBitsAreRounded) {
  const Tensor image = read(png(2, 16, 0, raw("\x12\xff\xab\x00")));  // 18.92 and 170.33
  EXPECT_EQ(image.shape(), (Shape{1, 1, 2}));
  EXPECT_THAT(image.values<std::uint8_t>(), ElementsAre(19, 170));
}

TEST_F(ReadImage, PalettesAndTransparentColours) {
  const std::string palette = chunk("PLTE", "abcdefghi");
  const auto two_bits = [&](const std::string& chunks) {
    return values(png_with({3, 1, 2, 3}, chunks, raw("\0") + static_cast<char>(0b10'00'01'00)));
  };
  EXPECT_THAT(two_bits(palette), ElementsAre('g', 'a', 'd', 'h', 'b', 'e', 'i', 'c', 'f'));
  const std::string last_is_glass = chunk("tRNS", raw("\xff\xff\x00"));
  EXPECT_THAT(two_bits(palette + last_is_glass), ElementsAre(255, 'a', 'd', 255, 'b', 'e', 255, 'c', 'f'));
  EXPECT_THAT(values(png_with({4, 1, 4, 0}, chunk("tRNS", raw("\0\x0f")), raw("\0\x01\xf7"))),
              ElementsAre(0, 17, 255, 119));
  EXPECT_THAT(values(png_with({2, 1, 16, 0}, chunk("tRNS", raw("\x12\x34")), raw("\0\x12\x34\x12\x35"))),
              ElementsAre(255, 18))
      << "keys are compared before they are rounded";
  expect_rejected(png_with({3, 1, 2, 3}, "", raw("\0\0")), "damaged");
}

// 3 x 3: Adam7's passes 1, 4, 5, 6 and 7 have a pixel of (0, 0), (2, 0), two of line 2, two of columns 1, a line 1.
TEST_F(ReadImage, Interlaced) {
  EXPECT_THAT(values(png_with({3, 3, 8, 0, true}, "", raw("\0a\0c\0gi\0b\0h\0def"))),
              ElementsAre('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'));
}

TEST_F(ReadImage, ChunksOfStrangers) {
  const std::string good = png(1, 8, 2, "abc");
  const auto with = [&](const std::string& name) { return good.substr(0, 33) + chunk(name, "x") + good.substr(33); };
  EXPECT_THAT(values(with("gAMA")), ElementsAre('a', 'b', 'c')) << "nothing that is not needed is looked at";
  EXPECT_THAT(values(with("iCCP")), ElementsAre('a', 'b', 'c'));
  expect_rejected(with("CgBI"), "CgBI");
  expect_rejected(with("C\n\xffI"), "C\\n\\xffI");
  expect_rejected(good.substr(0, 8) + chunk("CgBI", "abcd") + good.substr(8), "CgBI");
  expect_rejected(with("IHDR"), "damaged");
}

TEST_F(ReadImage, ThePixelsDataFit) {
  expect_rejected(png(2, 8, 0, "a"), "less data");
  expect_rejected(png(2, 8, 0, "abc"), "more data");
  expect_rejected(png_with({3, 3, 8, 0, true}, "", raw("\0a\0c\0gi\0b\0h\0de")), "less data");
  std::string unzipped = png(2, 8, 0, "ab");
  unzipped[8 + 25 + 8] ^= 1;
  expect_rejected(with_right_checksums(unzipped), "damaged");
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
  for (std::size_t size = 1; size < good.size(); ++size) expect_rejected(good.substr(0, size), "cut short");
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
  expect_rejected(with_right_checksums(pixel), "damaged");
  EXPECT_THAT(values(png(3, 8, 2, "xbcdefghi")), ::testing::Contains('x')) << "nothing but the checksums was wrong";
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
  const std::string lines(24 * (1 + 17 * 3), '\4');  // all filtered by Paeth
  expect_read_or_rejected(500, [&](int round) {
    const bool in_lines = round % 2 == 0;
    std::string bytes = in_lines ? lines : good;
    change_bytes(bytes, 4, round % 4 == 1 ? 80 : bytes.size(), rng);
    if (round % 5 == 0) bytes.resize(rng.integer(bytes.size()));
    // With the checksums that it should have: else they alone would be found.
    return in_lines ? png_with({17, 24, 8, 2}, "", bytes) : with_right_checksums(bytes);
  });
}

}  // namespace
}  // namespace wisp::testing
