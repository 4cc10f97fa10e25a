// bfloat16: the upper half of a float, rounded to nearest, ties to even.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include <wisp/core/dtype.h>
#include <wisp/core/tensor.h>

namespace wisp {
namespace {

std::uint16_t rounded(std::uint32_t word) { return bfloat16(std::bit_cast<float>(word)).bits; }

TEST(BFloat16, KeepsNumbersWithEightSignificantBits) {
  for (float value : {0.f, -0.f, 1.f, -2.f, 0.15625f, 255.f, 0x1p-126f, 0x1.fep127f}) {
    const float back = static_cast<float>(bfloat16(value));
    EXPECT_EQ(std::bit_cast<std::uint32_t>(back), std::bit_cast<std::uint32_t>(value)) << value;
  }
}

TEST(BFloat16, RoundsToNearest) {
  EXPECT_EQ(rounded(0x3f807fff), 0x3f80);  // just below halfway: down
  EXPECT_EQ(rounded(0x3f808001), 0x3f81);  // just above: up
  EXPECT_EQ(rounded(0xbf808001), 0xbf81);  // away from zero on the negative side
}

TEST(BFloat16, RoundsTiesToEven) {
  EXPECT_EQ(rounded(0x3f808000), 0x3f80);  // 0x3f80 is even: stays
  EXPECT_EQ(rounded(0x3f818000), 0x3f82);  // 0x3f81 is odd: up
  EXPECT_EQ(rounded(0xbf818000), 0xbf82);
}

TEST(BFloat16, RoundingCarriesIntoTheExponent) {
  EXPECT_EQ(static_cast<float>(bfloat16(0x1.ffp0f)), 2.f);
  EXPECT_EQ(static_cast<float>(bfloat16(std::numeric_limits<float>::max())), std::numeric_limits<float>::infinity());
}

TEST(BFloat16, RoundsSubnormalNumbers) { EXPECT_EQ(rounded(0x00018000), 0x0002); }

TEST(BFloat16, KeepsInfinity) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(static_cast<float>(bfloat16(infinity)), infinity);
  EXPECT_EQ(static_cast<float>(bfloat16(-infinity)), -infinity);
}

TEST(BFloat16, KeepsNaNWhateverItsPayload) {
  // Rounding the bits alone would turn the first into infinity and the second into -0.
  for (std::uint32_t word : {0x7f800001u, 0xffffffffu, 0x7fc00000u, 0x7fffffffu})
    EXPECT_TRUE(std::isnan(static_cast<float>(bfloat16(std::bit_cast<float>(word))))) << std::hex << word;
}

TEST(BFloat16, EveryPatternSurvivesTheWayThroughFloat) {
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
    bfloat16 value;
    value.bits = static_cast<std::uint16_t>(bits);
    const float wide = static_cast<float>(value);
    if (std::isnan(wide)) continue;
    ASSERT_EQ(bfloat16(wide).bits, bits);
  }
}

TEST(BFloat16, TensorsConvertWithTheSameRounding) {
  const std::vector<float> values{1.00390625f, 1.01171875f, -3.f, 1e30f, 0.1f, 2.71828f};
  const Tensor narrow = Tensor::from({1, 2, 1, 3}, values).to(DType::bf16);
  const std::vector<bfloat16> got = narrow.values<bfloat16>();
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(got[i].bits, bfloat16(values[i]).bits);
  EXPECT_EQ(narrow.to(DType::f32).values<float>()[2], -3.f);
}

TEST(DType, SizesAndNames) {
  EXPECT_EQ(size_of(DType::f32), 4u);
  EXPECT_EQ(size_of(DType::f64), 8u);
  EXPECT_EQ(size_of(DType::bf16), 2u);
  EXPECT_EQ(size_of(DType::u8), 1u);
  EXPECT_EQ(size_of(DType::i64), 8u);
  EXPECT_STREQ(name_of(DType::bf16), "bf16");
  EXPECT_STREQ(name_of(DType::i64), "i64");
}

TEST(DType, OnlyFloatingTypesHaveGradients) {
  EXPECT_TRUE(is_floating(DType::f32) && is_floating(DType::f64) && is_floating(DType::bf16));
  EXPECT_FALSE(is_floating(DType::u8) || is_floating(DType::i64));
}

}  // namespace
}  // namespace wisp
