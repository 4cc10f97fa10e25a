#include <wisp/data/resize.h>

#include <vector>

#include <gtest/gtest.h>

#include <wisp/core/error.h>

namespace wisp::testing {
namespace {

using detail::BilinearResize;

void expect_resized(std::int64_t height, std::int64_t width, std::int64_t channels, const std::vector<std::uint8_t>& in,
                    std::int64_t size, const std::vector<double>& expected, double tolerance) {
  const BilinearResize resize(height, width, channels, size);
  std::vector<float> out(static_cast<std::size_t>(size * size * channels), -1.0f);
  std::vector<float> scratch(static_cast<std::size_t>(resize.scratch_size()), -1.0f);
  resize(in.data(), out.data(), scratch.data());
  ASSERT_EQ(out.size(), expected.size());
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], expected[i], tolerance) << "at " << i;
}

TEST(BilinearResize, EnlargesAsTorch) {
  // The example in the documentation of torch.nn.Upsample (bilinear, align_corners=False), times 40.
  expect_resized(2, 2, 1, {40, 80, 120, 160}, 4,
                 {40, 50, 70, 80, 60, 70, 90, 100, 100, 110, 130, 140, 120, 130, 150, 160}, 1e-4);
}

TEST(BilinearResize, AgreesWithPillow) {
  // Image.fromarray(a, "F").resize((s, s), Image.BILINEAR) of Pillow, a = arange(15).reshape(3, 5) * 37 % 251.
  const std::vector<std::uint8_t> in = {0, 37, 74, 111, 148, 185, 222, 8, 45, 82, 119, 156, 193, 230, 16};
  expect_resized(3, 5, 1, in, 2, {80.7045, 90.5284, 155.0795, 114.9886}, 1e-3);
  expect_resized(3, 5, 1, in, 4,
                 {9.25, 52.4167, 95.5833, 138.75, 124.875, 102.6771, 54.3333, 97.5, 169.5, 147.3021, 98.9583, 71.5312,
                  128.25, 171.4167, 214.5833, 69.5},
                 1e-3);
}

TEST(BilinearResize, ChannelsStayApart) {
  expect_resized(1, 2, 3, {0, 10, 200, 100, 10, 0}, 2, {0, 10, 200, 100, 10, 0, 0, 10, 200, 100, 10, 0}, 1e-4);
  expect_resized(1, 2, 3, {0, 10, 200, 100, 10, 0}, 1, {50, 10, 100}, 1e-4);
}

TEST(BilinearResize, AConstantStaysAndTheRangeHolds) {
  for (const std::int64_t size : {1, 7, 29, 64})
    expect_resized(28, 31, 1, std::vector<std::uint8_t>(28 * 31, 255), size,
                   std::vector<double>(static_cast<std::size_t>(size * size), 255.0), 1e-3);
}

// Shrunk by 20 each pixel is the sum of 40 x 40: a constant stays what it is, to the bit.
TEST(BilinearResize, AConstantIsExact) {
  for (const std::int64_t size : {3, 28, 64}) {
    const BilinearResize resize(640, 577, 1, size);
    std::vector<float> out(static_cast<std::size_t>(size * size)),
        scratch(static_cast<std::size_t>(resize.scratch_size()));
    resize(std::vector<std::uint8_t>(640 * 577, 211).data(), out.data(), scratch.data());
    EXPECT_EQ(out, std::vector<float>(out.size(), 211.0f));
  }
}

TEST(BilinearResize, RefusesWhatIsNoImage) {
  for (const std::int64_t size : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 31, std::int64_t{1} << 60}) {
    EXPECT_THROW(BilinearResize(2, 2, 1, size), Error) << size;
    EXPECT_THROW(BilinearResize(size, 2, 1, 2), Error) << size;
    EXPECT_THROW(BilinearResize(2, 2, size, 2), Error) << size;
  }
}

}  // namespace
}  // namespace wisp::testing
