// Gradients of a tensor that is used several times are summed, within a pass and from pass to pass.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <wisp/autograd/backward.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/shape.h>

namespace wisp {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

Tensor leaf(const Shape& shape, std::vector<double> values) {
  return Tensor::from(shape, values).set_requires_grad(true);
}

TEST(Accumulation, BothOperandsOfOneOp) {
  const Tensor x = leaf({3}, {1, -2, 3});
  sum(x * x).backward();
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(2, -4, 6));
}

TEST(Accumulation, SeveralUsesAtDifferentDepths) {
  // y = x + x^2 + (x^2) x = x + x^2 + x^3
  const Tensor x = leaf({1, 2, 1, 2}, {1, -2, 3, 0.5});
  const Tensor s = square(x);
  sum(x + s + s * x).backward();
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(6, 9, 34, 2.75));  // 1 + 2 x + 3 x^2
}

TEST(Accumulation, AManyFoldUse) {
  const Tensor x = leaf({2}, {1, 5});
  Tensor y = Tensor::zeros({2}, DType::f64);
  for (int i = 1; i <= 10; ++i) y = y + x * static_cast<double>(i);
  sum(y).backward();
  EXPECT_THAT(x.grad().values<double>(), Each(55));
}

TEST(Accumulation, AnInnerResultUsedTwice) {
  const Tensor x = leaf({2}, {2, 3});
  const Tensor y = square(x);
  sum(y * y).backward();  // x^4
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(32, 108));
}

TEST(Accumulation, BackwardAddsToTheGradientOfEarlierPasses) {
  const Tensor x = leaf({2}, {1, 2});
  sum(x * 3.0).backward();
  sum(square(x)).backward();
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(5, 7));
}

TEST(Accumulation, EarlierHandlesOnTheGradientKeepTheirNumbers) {
  const Tensor x = leaf({2}, {1, 2});
  sum(x).backward();
  const Tensor first = x.grad();
  sum(x).backward();
  EXPECT_THAT(first.values<double>(), Each(1));
  EXPECT_THAT(x.grad().values<double>(), Each(2));
}

TEST(Accumulation, ClearingTheGradientStartsAnew) {
  Tensor x = leaf({2}, {1, 2});
  sum(x).backward();
  x.set_grad({});
  EXPECT_FALSE(x.grad().defined());
  sum(x * 4.0).backward();
  EXPECT_THAT(x.grad().values<double>(), Each(4));
}

TEST(Accumulation, BroadcastOperandsSumOverTheirRepetitions) {
  const Tensor x = leaf({2, 3, 1, 2}, std::vector<double>(12, 1.0)), w = leaf({3, 1, 1}, {1, 2, 3});
  sum(x * w).backward();
  EXPECT_EQ(w.grad().shape(), (Shape{3, 1, 1}));
  EXPECT_THAT(w.grad().values<double>(), Each(4));
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3));
}

TEST(Accumulation, SeveralOutputsAddUp) {
  const Tensor x = leaf({2}, {3, 4});
  const Tensors g = grad({sum(square(x)), sum(x)}, {x});
  EXPECT_THAT(g[0].values<double>(), ElementsAre(7, 9));
}

TEST(Accumulation, TheSameOutputTwiceCountsTwice) {
  const Tensor x = leaf({}, {3}), y = square(x);
  EXPECT_EQ(grad({y, y}, {x})[0].item<double>(), 12);
}

TEST(Accumulation, ALeafIsItsOwnOutput) {
  const Tensor x = leaf({1, 1}, {3});
  x.backward();
  EXPECT_EQ(x.grad().item<double>(), 1);
  EXPECT_EQ(grad({x}, {x})[0].item<double>(), 1);
}

}  // namespace
}  // namespace wisp
