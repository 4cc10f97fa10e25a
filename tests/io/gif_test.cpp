// write_gif, read back by giflib's decoder.
#include <wisp/io/gif.h>

#include <cmath>

#include <gmock/gmock.h>

#include <tests/message_of.h>
#include <tests/read_gif.h>
#include <tests/temporary_folder.h>
#include <wisp/core/rng.h>
#include <wisp/io/png.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Tensor noise(const Shape& shape, std::uint64_t seed) {
  Rng rng(seed);
  return to_u8(Tensor::rand(shape, rng), {0, 1});
}

TEST(Gif, GreyComesBackAsItWas) {
  const Tensors frames{noise({7, 5, 1}, 1), noise({7, 5, 1}, 2), noise({7, 5, 1}, 1)};
  const Animation read = decode_gif(encode_gif(frames, {.delay = 7}));
  EXPECT_EQ(read.width, 5);
  EXPECT_EQ(read.height, 7);
  EXPECT_EQ(read.milliseconds, std::vector<int>(3, 70));
  std::vector<std::uint8_t> expected;
  for (const Tensor& frame : frames)
    for (const std::uint8_t shade : frame.values<std::uint8_t>()) expected.insert(expected.end(), 3, shade);
  EXPECT_EQ(read.rgb, expected);
}

// Four colours in two frames: the palette has room for each, with the 5 bits that the quantiser looks at.
TEST(Gif, FewColoursStay) {
  const std::vector<std::uint8_t> first = {255, 0, 0, 0, 255, 0}, second = {0, 0, 255, 248, 248, 0};
  const Tensors frames{Tensor::from({1, 2, 3}, first), Tensor::from({1, 2, 3}, second)};
  const Animation read = decode_gif(encode_gif(frames));
  ASSERT_EQ(read.rgb.size(), 12u);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_NEAR(read.rgb[i], i < 6 ? first[i] : second[i - 6], 8) << i;
}

// A smooth picture with more colours than a palette holds.
TEST(Gif, ManyColoursBecomeNearOnes) {
  const int size = 64;
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x)
      for (const int value : {4 * x, 4 * y, 128}) pixels.push_back(static_cast<std::uint8_t>(value));
  const Animation read = decode_gif(encode_gif({Tensor::from({size, size, 3}, pixels)}));
  ASSERT_EQ(read.rgb.size(), pixels.size());
  double sum = 0;
  for (std::size_t i = 0; i < pixels.size(); ++i) sum += std::abs(read.rgb[i] - pixels[i]);
  // 256 boxes in a square of 256 x 256: 16 x 16 each, 4 from the middle on average; the third channel is alike.
  EXPECT_LT(sum / static_cast<double>(pixels.size()), 6);
}

TEST(Gif, OneColourAndOnePixel) {
  EXPECT_EQ(decode_gif(encode_gif({Tensor::full({3, 3, 3}, 0, DType::u8)})).rgb, std::vector<std::uint8_t>(27, 0));
  EXPECT_EQ(decode_gif(encode_gif({Tensor::full({1, 1, 1}, 9, DType::u8)})).rgb, std::vector<std::uint8_t>(3, 9));
}

TEST(Gif, RepeatsForEver) {
  const std::vector<std::byte> gif = encode_gif({noise({2, 2, 1}, 1), noise({2, 2, 1}, 2)});
  const std::string text(reinterpret_cast<const char*>(gif.data()), gif.size());
  EXPECT_TRUE(text.starts_with("GIF89a"));
  EXPECT_THAT(text, HasSubstr(raw("\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")));
  EXPECT_EQ(text.back(), ';');
}

TEST(Gif, IsWrittenWholeOrNotAtAll) {
  const TemporaryFolder folder;
  const Tensors frames{noise({9, 9, 3}, 1), noise({9, 9, 3}, 2)};
  write_gif(folder / "a.gif", frames);
  const std::vector<std::byte> bytes = encode_gif(frames);
  EXPECT_EQ(read_bytes(folder / "a.gif"), std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  EXPECT_THROW(write_gif(folder / "none/a.gif", frames), IoError);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"a.gif"});
}

TEST(Gif, Mistakes) {
  const auto message = [](const Tensors& frames, int delay = 10) {
    return message_of([&] { encode_gif(frames, {.delay = delay}); });
  };
  const Tensor good = noise({4, 4, 1}, 1);
  EXPECT_THAT(message({}), HasSubstr("no frames"));
  EXPECT_THAT(message({good}, 1), HasSubstr("delay is 1"));
  EXPECT_THAT(message({good}, 65536), HasSubstr("delay is 65536"));
  EXPECT_THAT(message({good, noise({4, 5, 1}, 1)}), AllOf(HasSubstr("4x5x1"), HasSubstr("4x4x1")));
  EXPECT_THAT(message({noise({4, 4, 2}, 1)}), HasSubstr("4x4x2"));
  EXPECT_THAT(message({Tensor::zeros({4, 4, 1})}), HasSubstr("f32"));
  EXPECT_THAT(message({Tensor::zeros({1, 65536, 1}, DType::u8)}), HasSubstr("65536"));
  EXPECT_THAT(message(Tensors(33, Tensor::zeros({4096, 4096, 1}, DType::u8))), HasSubstr("33 frames"));
}

}  // namespace
}  // namespace wisp::testing
