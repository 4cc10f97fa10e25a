// Shape: extents, limits, printing and broadcasting.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <wisp/core/shape.h>

namespace wisp {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Shape, KnowsItsExtents) {
  const Shape shape{8, 4, 28, 27};
  EXPECT_EQ(shape.rank(), 4);
  EXPECT_EQ(shape[1], 4);
  EXPECT_EQ(shape.dim(3), 27);
  EXPECT_EQ(shape.dim(-1), 27);
  EXPECT_EQ(shape.dim(-4), 8);
  EXPECT_EQ(shape.numel(), 8 * 4 * 28 * 27);
  EXPECT_EQ(std::vector<std::int64_t>(shape.begin(), shape.end()), (std::vector<std::int64_t>{8, 4, 28, 27}));
}

TEST(Shape, ScalarHasRankZeroAndOneElement) {
  EXPECT_EQ(Shape{}.rank(), 0);
  EXPECT_EQ(Shape{}.numel(), 1);
}

TEST(Shape, AnExtentOfZeroMeansNoElements) { EXPECT_EQ((Shape{3, 0, 5}).numel(), 0); }

TEST(Shape, EqualityComparesRankAndExtents) {
  EXPECT_EQ((Shape{2, 3}), (Shape{2, 3}));
  EXPECT_NE((Shape{2, 3}), (Shape{3, 2}));
  EXPECT_NE((Shape{2, 3}), (Shape{2, 3, 1}));
  EXPECT_NE((Shape{}), (Shape{1}));
}

TEST(Shape, WithReplacesOneExtentInACopy) {
  const Shape shape{2, 3, 4};
  EXPECT_EQ(shape.with(1, 7), (Shape{2, 7, 4}));
  EXPECT_EQ(shape, (Shape{2, 3, 4}));
}

TEST(Shape, PrintsExtentsWithCrosses) {
  EXPECT_EQ((Shape{8, 4, 28, 27}).to_string(), "8x4x28x27");
  EXPECT_EQ(Shape{5}.to_string(), "5");
  EXPECT_EQ(Shape{}.to_string(), "scalar");
  EXPECT_EQ(fmt::format("<{}>", Shape{2, 3}), "<2x3>");
}

TEST(Shape, RefusesNegativeExtents) {
  EXPECT_THAT([] { Shape({2, -3}); }, ThrowsMessage<Error>(AllOf(HasSubstr("-3"), HasSubstr("2x-3"))));
  EXPECT_THROW((Shape{2, 3}.with(0, -1)), Error);
}

TEST(Shape, RefusesMoreThanEightDimensions) {
  EXPECT_EQ((Shape{1, 2, 1, 2, 1, 2, 1, 2}).rank(), 8);
  EXPECT_THAT([] { Shape({1, 1, 1, 1, 1, 1, 1, 1, 1}); }, ThrowsMessage<Error>(HasSubstr("rank 9")));
}

TEST(Shape, RefusesMoreThanTwoToThe62Elements) {
  constexpr std::int64_t half = std::int64_t{1} << 31;
  EXPECT_EQ((Shape{half, half}).numel(), std::int64_t{1} << 62);
  EXPECT_THROW((Shape{half, half, 2}), Error);
  EXPECT_THROW((Shape{half, half + 1}), Error);
  EXPECT_THROW((Shape{std::int64_t{1} << 32, std::int64_t{1} << 32}), Error);  // 2^64 wraps around to 0
}

TEST(Shape, AZeroDoesNotHideExtentsThatOverflow) {
  constexpr std::int64_t large = std::int64_t{1} << 40;
  EXPECT_THROW((Shape{0, large, large}), Error);
  EXPECT_THROW((Shape{large, 0, large}), Error);
}

TEST(Shape, DimRefusesAnIndexOutOfRange) {
  EXPECT_THROW((Shape{2, 3}).dim(2), Error);
  EXPECT_THROW((Shape{2, 3}).dim(-3), Error);
  EXPECT_THROW(Shape{}.dim(0), Error);
}

TEST(NormalizeDim, CountsNegativeDimensionsFromTheEnd) {
  EXPECT_EQ(normalize_dim("op", 2, 3), 2);
  EXPECT_EQ(normalize_dim("op", -1, 3), 2);
  EXPECT_EQ(normalize_dim("op", -3, 3), 0);
}

TEST(NormalizeDim, ErrorNamesTheOpTheDimensionAndTheRank) {
  EXPECT_THAT([] { normalize_dim("narrow", -4, 3); },
              ThrowsMessage<Error>(AllOf(HasSubstr("narrow"), HasSubstr("-4"), HasSubstr("rank 3"))));
}

TEST(BroadcastShapes, AlignsAtTheLastDimension) {
  EXPECT_EQ(broadcast_shapes("op", {2, 3, 4, 5}, {3, 1, 1}), (Shape{2, 3, 4, 5}));
  EXPECT_EQ(broadcast_shapes("op", {4, 1}, {2, 1, 5}), (Shape{2, 4, 5}));
  EXPECT_EQ(broadcast_shapes("op", {}, {3, 2}), (Shape{3, 2}));
  EXPECT_EQ(broadcast_shapes("op", {3, 2}, {}), (Shape{3, 2}));
}

TEST(BroadcastShapes, AnEmptyDimensionStaysEmpty) {
  EXPECT_EQ(broadcast_shapes("op", {1, 3}, {0, 1}), (Shape{0, 3}));
  EXPECT_THROW(broadcast_shapes("op", {2, 3}, {0, 3}), Error);
}

TEST(BroadcastShapes, ErrorNamesTheOpAndBothShapes) {
  EXPECT_THAT(
      [] {
        broadcast_shapes("mul", {2, 3}, {2, 4});
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("mul"), HasSubstr("2x3"), HasSubstr("2x4"))));
  EXPECT_THROW(broadcast_shapes("mul", {2, 3}, {2}), Error);  // 2 aligns with 3
}

}  // namespace
}  // namespace wisp
