// Who owns a gradient, what a frozen leaf keeps, and what a wrong derivative rule is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include <tests/leaf.h>
#include <wisp/wisp.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;

TEST(Gradients, OfTwoLeavesDoNotShareStorage) {
  const Tensor a = leaf({1, 2}), b = leaf({3, 4});
  sum(a + b).backward();
  a.grad().mutable_data<double>()[0] = 5;
  EXPECT_THAT(a.grad().values<double>(), ElementsAre(5, 1));
  EXPECT_THAT(b.grad().values<double>(), ElementsAre(1, 1));
}

TEST(Gradients, DoNotAliasTheCallersCotangent) {
  const Tensor x = leaf({1, 2});
  Tensor v = Tensor::from({2}, {1.0, 1.0});
  (x + 1.0).backward({.gradient = v});
  v.mutable_data<double>()[0] = 7;
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(1, 1));
}

TEST(Gradients, StayOutsideTheGraphWithoutCreateGraph) {
  const Tensor x = leaf({1, 2}), v = leaf({3, 4});
  (x + 1.0).backward({.gradient = v * 2.0});
  EXPECT_FALSE(x.grad().requires_grad());
  (x + 1.0).backward({.gradient = v});
  EXPECT_FALSE(x.grad().requires_grad());
}

TEST(Gradients, OfABfloat16LeafUsedTwice) {
  const Tensor x = leaf({1, 3}).detach().to(DType::bf16).set_requires_grad(true);
  for (int pass = 1; pass <= 2; ++pass) {
    sum(x.to(DType::f32) * x.to(DType::f32)).backward();
    EXPECT_THAT(x.grad().to(DType::f32).values<float>(), ElementsAre(2 * pass, 6 * pass));
  }
}

TEST(Saved, TensorWhoseStorageWasReplacedThrows) {
  Tensor w = leaf({3, 3});
  const Tensor y = sum(w * w);
  w.set_data(Tensor::full({2}, 100, DType::f64));
  EXPECT_THROW(y.backward(), Error);
}

TEST(FrozenLeaf, KeepsItsPlaceInOpenGraphs) {
  Tensor x = leaf({1, 2});
  const Tensor y = sum(x * 2.0);
  x.set_requires_grad(false);
  EXPECT_FALSE((x * 2.0).requires_grad());
  x.set_requires_grad(true);
  y.backward();
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(2, 2));
}

TEST(Relu, DeadUnitsStopInfiniteGradients) {
  const Tensor x = leaf({-1, 4});
  sum(sqrt(relu(x))).backward();
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(0, 0.25));
}

TEST(NoGradMode, ReshapeToTheSameShapeIsOutsideTheGraph) {
  const Tensor x = leaf({1, 2});
  const NoGrad guard;
  EXPECT_FALSE(x.reshape({2}).requires_grad());
}

TEST(Vjp, ThatReturnsTooFewGradientsOrAWrongShapeIsAnError) {
  const Tensor x = leaf({1, 2}), w = leaf({3, 4});
  const auto with_rule = [&](autograd::Vjp vjp) {
    return sum(autograd::record("wrong", (x + w).detach(), {x, w}, {}, vjp));
  };
  EXPECT_THROW(with_rule([](const auto& c) { return Tensors{c.grad()}; }).backward(), Error);
  EXPECT_THROW(with_rule([](const auto& c) { return Tensors{c.grad(), sum(c.grad())}; }).backward(), Error);
  EXPECT_THROW(with_rule([](const auto& c) { return Tensors{c.grad(), c.grad().to(DType::f32)}; }).backward(), Error);
}

TEST(Gradcheck, OfAFunctionThatTakesGradients) {
  const auto penalty = [](const Tensors& in) {
    return Tensors{sum(square(grad({sum(in[0] * square(in[0]))}, {in[0]}, {.create_graph = true})[0]))};
  };
  EXPECT_TRUE(gradcheck(penalty, {leaf({1, 2})}));
}

TEST(Sizes, BeyondMemoryThrow) {
  EXPECT_THROW(Tensor::empty({std::int64_t{1} << 62}), Error);
  EXPECT_THROW(leaf({1, 2}).reshape({std::int64_t{1} << 62, 4, -1}), Error);
  EXPECT_THROW(leaf({1, 2}).narrow(0, std::numeric_limits<std::int64_t>::max(), 5), Error);
}

}  // namespace
}  // namespace wisp::testing
