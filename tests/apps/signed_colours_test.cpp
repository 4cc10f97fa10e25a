// Numbers as colours: the scale is that of the largest magnitude, and NaN is not lost in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include <apps/common/signed_colours.h>

namespace wisp::testing {
namespace {

using apps::largest_magnitude;
using apps::signed_colours;
using ::testing::Each;
using ::testing::IsNan;

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

Tensor map_of(const std::vector<double>& values) {
  return Tensor::from({1, 1, static_cast<std::int64_t>(values.size())}, values);
}

TEST(SignedColours, LargestMagnitude) {
  EXPECT_EQ(largest_magnitude(map_of({1, -3, 2})), 3);
  EXPECT_EQ(largest_magnitude(map_of({1, -infinity, 2})), infinity);
  EXPECT_EQ(largest_magnitude(map_of({})), 0);
  for (const auto& values : std::vector<std::vector<double>>{{nan, 1, 2}, {1, nan, 2}, {1, 2, nan}})
    EXPECT_THAT(largest_magnitude(map_of(values)), IsNan());
}

TEST(SignedColours, NanIsBlack) {
  const auto pixels = signed_colours(map_of({nan, 2, -2}), 2).values<std::uint8_t>();
  for (const std::size_t channel : {0u, 1u, 2u}) EXPECT_EQ(pixels[3 * channel], 0);
  EXPECT_EQ(pixels[1], 255);          // red of the largest
  EXPECT_EQ(pixels[3 * 2 + 2], 255);  // blue of the least
  EXPECT_THAT(signed_colours(map_of({1, 2}), nan).values<std::uint8_t>(), Each(0));
}

}  // namespace
}  // namespace wisp::testing
