// NaN is never lost: maxima, signs and windows, and the gradients of maxima.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <tests/leaf.h>
#include <tests/message_of.h>
#include <wisp/autograd/backward.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/pooling.h>
#include <wisp/ops/reduction.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsNan;

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

TEST(Nan, IsTheMaximumInAnyOrder) {
  std::vector<double> values{1, 2, 3, 4};
  do {
    std::vector<double> with = values;
    std::replace(with.begin(), with.end(), 3.0, nan);
    for (const DType dtype : {DType::f64, DType::f32, DType::bf16})
      EXPECT_THAT(amax(leaf(with).detach().to(dtype)).to(DType::f64).item<double>(), IsNan());
    EXPECT_THAT(amax(Tensor::from({2, 2}, with), {0}).values<double>(), ::testing::Contains(IsNan()));
  } while (std::next_permutation(values.begin(), values.end()));
  std::vector<double> many(100'000, 5.0);
  for (const std::size_t at : std::vector<std::size_t>{0, 255, 256, 70'000, 99'999}) {
    many[at] = nan;
    EXPECT_THAT(amax(leaf(many)).item<double>(), IsNan()) << at;
    many[at] = 5;
  }
}

TEST(Nan, IsNotTheMaximumOfOtherLines) {
  const Tensor x = Tensor::from({2, 3}, {1.0, nan, 2.0, -1.0, -infinity, -3.0});
  EXPECT_THAT(amax(x, {1}).values<double>(), ElementsAre(IsNan(), -1));
  EXPECT_THAT(amax(x, {0}).values<double>(), ElementsAre(1, IsNan(), 2));
}

// As torch.amax: shared equally by ties.
TEST(Amax, GradientIsSharedByTies) {
  const Tensor x = Tensor::from({3, 3}, {1.0, 4.0, 4.0, infinity, infinity, infinity, 0.0, -1.0, -2.0});
  for (const bool keepdim : {false, true}) {
    const Tensor leaf = (x * 1.0).detach().set_requires_grad(true), y = amax(leaf, {1}, keepdim);
    EXPECT_EQ(y.shape(), keepdim ? Shape({3, 1}) : Shape{3});
    y.backward({.gradient = Tensor::from(y.shape(), {2.0, 3.0, 5.0})});
    EXPECT_THAT(leaf.grad().values<double>(), ElementsAre(0, 1, 1, 1, 1, 1, 5, 0, 0));
  }
}

// As torch.amax: 0 / 0 for all that go into it.
TEST(Amax, GradientOfNanIsNan) {
  const Tensor x = Tensor::from({2, 3}, {1.0, nan, 2.0, 1.0, 3.0, 2.0}).set_requires_grad(true);
  sum(amax(x, {1})).backward();
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(IsNan(), IsNan(), IsNan(), 0, 1, 0));
}

TEST(Amax, NeedsSomethingToChooseFrom) {
  EXPECT_EQ(message_of([] { amax(Tensor::ones({2, 0}), {1}); }), "amax: dimension 1 of 2x0 has no elements");
  EXPECT_EQ(amax(Tensor::ones({0, 2}), {1}).shape(), Shape{0});
  EXPECT_EQ(amax(Tensor::full({}, 3.0)).item<float>(), 3);
}

TEST(Nan, HasNoSign) {
  EXPECT_THAT(sign(leaf({nan, -infinity, 0, 3})).values<double>(), ElementsAre(IsNan(), -1, 0, 1));
  const Tensor x = leaf({nan, -2, 0});
  sum(abs(x)).backward();
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(IsNan(), -1, 0));
}

// As torch.nn.functional.max_pool2d: the last NaN of a window is the one chosen.
TEST(Nan, IsTheLargestOfItsWindow) {
  for (const auto& window :
       std::vector<std::vector<double>>{{1, nan, 9, 2}, {nan, 1, 9, 2}, {1, 9, 2, nan}, {nan, 9, nan, 2}}) {
    const Tensor x = Tensor::from({1, 1, 2, 2}, window).set_requires_grad(true), y = max_pool2d(x, 2);
    EXPECT_THAT(y.item<double>(), IsNan());
    sum(y).backward();
    std::vector<double> expected(4, 0.0);
    for (std::size_t i = 0; i < 4; ++i)
      if (std::isnan(window[i])) expected.assign(4, 0.0), expected[i] = 1;
    EXPECT_EQ(x.grad().values<double>(), expected);
  }
  const Tensor lowest = Tensor::full({1, 1, 2, 2}, -infinity, DType::f64).set_requires_grad(true);
  sum(max_pool2d(lowest, 2)).backward();
  EXPECT_THAT(lowest.grad().values<double>(), ElementsAre(1, 0, 0, 0));
}

}  // namespace
}  // namespace wisp::testing
