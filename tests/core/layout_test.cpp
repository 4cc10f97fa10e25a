// Layout is a function of rank: rank 4 is channels-last, every other rank is row-major.
#include <gtest/gtest.h>

#include <wisp/core/shape.h>

namespace wisp {
namespace {

std::vector<std::int64_t> first(const Strides& strides, int rank) { return {strides.begin(), strides.begin() + rank}; }

using Steps = std::vector<std::int64_t>;

TEST(Layout, RankFourIsChannelsLast) {
  // N, C, H, W = 2, 3, 4, 5: neighbours in W are C apart, in H W C, in N H W C.
  EXPECT_EQ(first(strides({2, 3, 4, 5}), 4), (Steps{60, 1, 15, 3}));
}

TEST(Layout, OtherRanksAreRowMajor) {
  EXPECT_EQ(first(strides({7}), 1), (Steps{1}));
  EXPECT_EQ(first(strides({2, 3}), 2), (Steps{3, 1}));
  EXPECT_EQ(first(strides({2, 3, 4}), 3), (Steps{12, 4, 1}));
  EXPECT_EQ(first(strides({2, 3, 4, 5, 6}), 5), (Steps{360, 120, 30, 6, 1}));
}

TEST(Layout, LogicalOrderIsRowMajorAtEveryRank) {
  EXPECT_EQ(first(row_major_strides({2, 3, 4, 5}), 4), (Steps{60, 20, 5, 1}));
  EXPECT_EQ(first(row_major_strides({2, 3, 4}), 3), (Steps{12, 4, 1}));
}

// Whether the strides of both orders agree in every dimension that has a neighbour to step to.
bool same_order(const Shape& shape) {
  const Strides memory = strides(shape), logical = row_major_strides(shape);
  for (int i = 0; i < shape.rank(); ++i)
    if (shape[i] > 1 && memory[static_cast<std::size_t>(i)] != logical[static_cast<std::size_t>(i)]) return false;
  return true;
}

TEST(Layout, IsRowMajorSaysWhetherMemoryOrderIsLogicalOrder) {
  for (std::int64_t n : {1, 2})
    for (std::int64_t c : {1, 3})
      for (std::int64_t h : {1, 4})
        for (std::int64_t w : {1, 5})
          EXPECT_EQ(is_row_major({n, c, h, w}), same_order({n, c, h, w})) << n << c << h << w;
  EXPECT_TRUE(is_row_major({2, 3, 4}));
  EXPECT_TRUE(is_row_major({2, 3, 4, 5, 6}));
}

TEST(BroadcastStrides, StandStillWhereTheTensorIsRepeated) {
  EXPECT_EQ(first(broadcast_strides({3, 1, 5}, {2, 3, 4, 5}), 4), (Steps{0, 5, 0, 1}));
  EXPECT_EQ(first(broadcast_strides({3, 1, 1}, {2, 3, 4, 5}), 4), (Steps{0, 1, 0, 0}));
  EXPECT_EQ(first(broadcast_strides({}, {2, 3}), 2), (Steps{0, 0}));
}

TEST(BroadcastStrides, FollowTheMemoryOfTheTensorThatIsRead) {
  EXPECT_EQ(first(broadcast_strides({1, 3, 4, 5}, {2, 3, 4, 5}), 4), (Steps{0, 1, 15, 3}));  // channels-last itself
  EXPECT_EQ(first(broadcast_strides({3, 4, 5}, {2, 3, 4, 5}), 4), (Steps{0, 20, 5, 1}));     // rank 3: row-major
  EXPECT_EQ(first(broadcast_strides({2, 3, 4, 5}, {6, 2, 3, 4, 5}), 5), (Steps{0, 60, 1, 15, 3}));
}

}  // namespace
}  // namespace wisp
