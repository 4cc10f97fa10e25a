// The N-d loop against a plain loop over every index, for random shapes and strides.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include <wisp/core/nd_loop.h>
#include <wisp/core/rng.h>

namespace wisp {
namespace {

// Calls visit(index) for every index of the box, last dimension fastest.
template <class Visit>
void every_index(const Shape& shape, Visit visit) {
  std::array<std::int64_t, Shape::max_rank> index{};
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    std::int64_t rest = i;
    for (int d = shape.rank() - 1; d >= 0; --d) {
      index[static_cast<std::size_t>(d)] = rest % shape[d];
      rest /= shape[d];
    }
    visit(index);
  }
}

std::int64_t offset(const Strides& strides, const std::array<std::int64_t, Shape::max_rank>& index, int rank) {
  std::int64_t sum = 0;
  for (std::size_t d = 0; d < static_cast<std::size_t>(rank); ++d) sum += strides[d] * index[d];
  return sum;
}

Shape random_shape(Rng& rng) {
  std::vector<std::int64_t> extents(rng.integer(7));
  for (auto& extent : extents) extent = static_cast<std::int64_t>(1 + rng.integer(4));
  return Shape(extents);
}

// Strides of a dense array whose dimensions lie in a random order, `gap` apart, some of them reversed.
Strides random_layout(const Shape& shape, std::int64_t gap, Rng& rng) {
  Strides result{};
  std::int64_t step = gap;
  for (std::int64_t d : rng.permutation(shape.rank())) {
    result[static_cast<std::size_t>(d)] = rng.integer(2) ? step : -step;
    step *= shape[static_cast<int>(d)];
  }
  return result;
}

// Strides as of a broadcast or overlapping operand: small numbers of either sign, 0 among them.
Strides random_strides(const Shape& shape, Rng& rng) {
  Strides result{};
  for (std::size_t d = 0; d < static_cast<std::size_t>(shape.rank()); ++d)
    result[d] = static_cast<std::int64_t>(rng.integer(9)) - 4;
  return result;
}

TEST(NdLoop, VisitsTheSameOffsetsAsAPlainLoop) {
  Rng rng(31);
  for (int round = 0; round < 300; ++round) {
    const Shape shape = random_shape(rng);
    const std::array<Strides, 3> operands{random_layout(shape, 1, rng), random_layout(shape, 2, rng),
                                          random_strides(shape, rng)};
    using Visited = std::vector<std::array<std::int64_t, 3>>;
    Visited expected, visited;
    every_index(shape, [&](const auto& index) {
      expected.push_back({offset(operands[0], index, shape.rank()), offset(operands[1], index, shape.rank()),
                          offset(operands[2], index, shape.rank())});
    });
    nd_loop<3>(shape, operands, [&](const auto& at, std::int64_t length, const auto& step) {
      for (std::int64_t j = 0; j < length; ++j)
        visited.push_back({at[0] + j * step[0], at[1] + j * step[1], at[2] + j * step[2]});
    });
    std::sort(expected.begin(), expected.end());
    std::sort(visited.begin(), visited.end());
    ASSERT_EQ(visited, expected) << "round " << round << ", shape " << shape.to_string();
  }
}

TEST(NdLoop, ALargeBoxIsVisitedOnceThoughThreadsShareIt) {
  for (const Shape& shape : {Shape{100'003}, Shape{7, 3, 41, 59}, Shape{2, 20'011}, Shape{5000, 1, 13}}) {
    std::vector<int> visits(static_cast<std::size_t>(shape.numel()));
    const int previous = num_threads();
    set_num_threads(3);
    nd_loop<2>(shape, {row_major_strides(shape), strides(shape)},
               [&](const auto& at, std::int64_t length, const auto& step) {
                 for (std::int64_t j = 0; j < length; ++j) ++visits[static_cast<std::size_t>(at[0] + j * step[0])];
               });
    set_num_threads(previous);
    EXPECT_TRUE(std::all_of(visits.begin(), visits.end(), [](int n) { return n == 1; })) << shape.to_string();
  }
}

TEST(NdLoop, AnEmptyBoxCallsNothingAndAScalarOnce) {
  int calls = 0;
  const auto count = [&](const auto&, std::int64_t length, const auto&) { calls += static_cast<int>(length); };
  nd_loop<1>(Shape{3, 0, 4}, {row_major_strides({3, 0, 4})}, count);
  EXPECT_EQ(calls, 0);
  nd_loop<1>(Shape{}, {Strides{}}, count);
  EXPECT_EQ(calls, 1);
}

TEST(NdLoop, DenseOperandsOfOneLayoutAreOneRun) {
  int calls = 0;
  const Strides layout = strides({2, 3, 4, 5});
  nd_loop<2>(Shape{2, 3, 4, 5}, {layout, layout}, [&](const auto&, std::int64_t length, const auto& step) {
    ++calls;
    EXPECT_EQ(length, 120);
    EXPECT_EQ(step[0], 1);
  });
  EXPECT_EQ(calls, 1);
}

TEST(VisitRuns, PartsOfTheOuterRangeMakeUpTheWhole) {
  const Shape shape{3, 4, 5};
  const NdBox<1> box = merge_dimensions<1>(shape, {Strides{100, 10, 1}});  // gaps: nothing merges
  ASSERT_EQ(box.outer_count(), 12);
  const auto visited = [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> starts;
    visit_runs(box, begin, end, [&](const auto& at, std::int64_t, const auto&) { starts.push_back(at[0]); });
    return starts;
  };
  std::vector<std::int64_t> joined = visited(0, 5);
  for (std::int64_t start : visited(5, 12)) joined.push_back(start);
  EXPECT_EQ(joined, (std::vector<std::int64_t>{0, 10, 20, 30, 100, 110, 120, 130, 200, 210, 220, 230}));
}

TEST(StridedCopy, ReversesWithNegativeStrides) {
  const std::vector<int> from{0, 1, 2, 3, 4, 5};
  std::vector<int> to(6);
  strided_copy(Shape{2, 3}, to.data(), {3, 1}, from.data() + 5, {-3, -1});
  EXPECT_EQ(to, (std::vector<int>{5, 4, 3, 2, 1, 0}));
  strided_copy(Shape{2, 3}, to.data() + 2, {3, -1}, from.data(), {3, 1});
  EXPECT_EQ(to, (std::vector<int>{2, 1, 0, 5, 4, 3}));
}

TEST(StridedCopy, LeavesGapsAlone) {
  const std::vector<int> from{1, 2, 3, 4};
  std::vector<int> to(8, -1);
  strided_copy(Shape{2, 2}, to.data(), {4, 2}, from.data(), {2, 1});
  EXPECT_EQ(to, (std::vector<int>{1, -1, 2, -1, 3, -1, 4, -1}));
}

}  // namespace
}  // namespace wisp
