// reshape: logical order is kept; the numbers are shared where the memory order is the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include <wisp/core/tensor.h>

namespace wisp {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Tensor counting(const Shape& shape) {
  std::vector<float> values(static_cast<std::size_t>(shape.numel()));
  std::iota(values.begin(), values.end(), 0.f);
  return Tensor::from(shape, values);
}

struct Case {
  Shape from, to;
  bool shares;
};

class Reshape : public ::testing::TestWithParam<Case> {};

TEST_P(Reshape, KeepsLogicalOrderAndSharesWhereTheBytesAreTheSame) {
  const auto& [from, to, shares] = GetParam();
  const Tensor x = counting(from), y = x.reshape(to);
  EXPECT_EQ(y.shape(), to);
  EXPECT_EQ(y.values<float>(), x.values<float>());
  EXPECT_EQ(y.storage() == x.storage(), shares);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Reshape,
    ::testing::Values(Case{{2, 3, 4}, {6, 4}, true}, Case{{6, 4}, {2, 3, 2, 2, 1}, true},      // no rank-4 side
                      Case{{2, 3, 4, 5}, {2, 3, 4, 5}, true},                                  // nothing to do
                      Case{{2, 1, 4, 5}, {2, 20}, true}, Case{{8, 5}, {2, 1, 4, 5}, true},     // one channel
                      Case{{2, 12, 1, 1}, {2, 12}, true}, Case{{2, 12}, {2, 12, 1, 1}, true},  // one pixel
                      Case{{2, 12, 1, 1}, {2, 1, 4, 3}, true},                                 // one pixel, one channel
                      Case{{2, 3, 4, 5}, {2, 60}, false}, Case{{2, 60}, {2, 3, 4, 5}, false},
                      Case{{2, 3, 1, 4}, {2, 12, 1, 1}, false}, Case{{2, 3, 4, 1}, {6, 4}, false},
                      Case{{2, 3, 4, 5}, {3, 2, 5, 4}, false}, Case{{2, 3, 4, 5}, {1, 1, 8, 15}, false}),
    [](const auto& test) { return test.param.from.to_string() + "_to_" + test.param.to.to_string(); });

TEST(ReshapeErrors, OneExtentMayBeLeftOpen) {
  EXPECT_EQ(counting({2, 3, 4, 5}).reshape({2, -1}).shape(), (Shape{2, 60}));
  EXPECT_EQ(counting({2, 3, 4, 5}).reshape({-1}).shape(), (Shape{120}));
  EXPECT_EQ(counting({1}).reshape(Shape{}).shape(), (Shape{}));
  EXPECT_THAT([] { counting({4, 6}).reshape({-1, 2, -1}); }, ThrowsMessage<Error>(HasSubstr("only one extent")));
}

TEST(ReshapeErrors, TheNumberOfElementsMustFit) {
  EXPECT_THAT([] { counting({4, 6}).reshape({5, 5}); }, ThrowsMessage<Error>(AllOf(HasSubstr("24"), HasSubstr("25"))));
  EXPECT_THROW(counting({4, 6}).reshape({-1, 5}), Error);
  EXPECT_THROW(counting({4, 6}).reshape({-1, 0}), Error);
  EXPECT_THROW(counting({4, 6}).reshape({-2, -12}), Error);
}

}  // namespace
}  // namespace wisp
