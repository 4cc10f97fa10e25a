// grad(): cotangents, inputs that are not leaves, inputs that are not used, and what it leaves alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <wisp/autograd/backward.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Tensor leaf(const Shape& shape, std::vector<double> values) {
  return Tensor::from(shape, values).set_requires_grad(true);
}

TEST(Grad, ReturnsGradientsAndAccumulatesNothing) {
  const Tensor x = leaf({2}, {1, 2}), w = leaf({2}, {3, 5});
  const Tensors g = grad({sum(x * w)}, {w, x});
  EXPECT_THAT(g[0].values<double>(), ElementsAre(1, 2));
  EXPECT_THAT(g[1].values<double>(), ElementsAre(3, 5));
  EXPECT_FALSE(x.grad().defined());
  EXPECT_FALSE(w.grad().defined());
}

TEST(Grad, CotangentsWeighTheOutputs) {
  const Tensor x = leaf({3}, {1, 2, 3});
  const Tensors g = grad({square(x), sum(x)}, {x}, {.grad_outputs = {Tensor::from({3}, {1.0, 10.0, 100.0}), {}}});
  EXPECT_THAT(g[0].values<double>(), ElementsAre(2 + 1, 40 + 1, 600 + 1));  // an undefined one stands for 1
}

TEST(Grad, InnerResultsMayBeInputs) {
  const Tensor x = leaf({2}, {2, 3});
  const Tensor y = square(x), z = y * x;
  const Tensors g = grad({sum(z)}, {y, x});
  EXPECT_THAT(g[0].values<double>(), ElementsAre(2, 3));    // dz/dy = x
  EXPECT_THAT(g[1].values<double>(), ElementsAre(12, 27));  // total: 3 x^2, through y too
}

TEST(Grad, AnInputComputedFromAnotherDoesNotCutThePathToIt) {
  const Tensor x = leaf({1}, {3}), y = square(x), z = exp(y);
  const Tensors g = grad({z}, {x, y});
  EXPECT_DOUBLE_EQ(g[1].item<double>(), std::exp(9.0));
  EXPECT_DOUBLE_EQ(g[0].item<double>(), 6 * std::exp(9.0));
}

TEST(Grad, TheSameInputMayBeAskedForTwice) {
  const Tensor x = leaf({1}, {3});
  const Tensors g = grad({square(x)}, {x, x});
  EXPECT_EQ(g[0].item<double>(), 6);
  EXPECT_EQ(g[1].item<double>(), 6);
}

TEST(Grad, AnUnusedInputIsAnErrorThatSaysWhatToDo) {
  const Tensor x = leaf({1}, {3}), unused = leaf({2, 5}, std::vector<double>(10));
  EXPECT_THAT(
      [&] {
        grad({square(x)}, {x, unused});
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("input 1"), HasSubstr("2x5"), HasSubstr("allow_unused"))));
}

TEST(Grad, AnUnusedInputIsUndefinedWhenAllowed) {
  const Tensor x = leaf({1}, {3}), unused = leaf({2}, {1, 2});
  const Tensors g = grad({square(x)}, {unused, x}, {.allow_unused = true});
  EXPECT_FALSE(g[0].defined());
  EXPECT_EQ(g[1].item<double>(), 6);
}

TEST(Grad, NoInputsGiveNoGradients) { EXPECT_TRUE(grad({leaf({1}, {3}) * 2.0}, {}).empty()); }

TEST(GradErrors, NameTheOutputOrInputThatRequiresNoGrad) {
  const Tensor x = leaf({1}, {3}), constant = Tensor::ones({1, 7}, DType::f64);
  EXPECT_THAT(
      [&] {
        grad({x, constant}, {x});
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("output 1"), HasSubstr("1x7"), HasSubstr("require grad"))));
  EXPECT_THAT([&] { grad({x}, {constant}); }, ThrowsMessage<Error>(AllOf(HasSubstr("input 0"), HasSubstr("1x7"))));
  EXPECT_THROW(grad({}, {x}), Error);
}

TEST(GradErrors, SeveralElementsNeedACotangent) {
  const Tensor x = leaf({2, 3}, std::vector<double>(6));
  EXPECT_THAT([&] { grad({x * 2.0}, {x}); }, ThrowsMessage<Error>(HasSubstr("2x3")));
  EXPECT_THAT([&] { (x * 2.0).backward(); }, ThrowsMessage<Error>(HasSubstr("2x3")));
}

TEST(GradErrors, CotangentsMustFitTheirOutputs) {
  const Tensor x = leaf({2, 3}, std::vector<double>(6)), y = x * 2.0;
  EXPECT_THAT(
      [&] {
        grad({y}, {x}, {.grad_outputs = {Tensor::ones({3, 2}, DType::f64)}});
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("3x2"), HasSubstr("2x3"))));
  EXPECT_THAT(
      [&] {
        y.backward({.gradient = Tensor::ones({2, 3})});
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("f32"), HasSubstr("f64"))));
  EXPECT_THROW(grad({y}, {x}, {.grad_outputs = {Tensor::ones({2, 3}, DType::f64), {}}}), Error);  // two for one
}

TEST(GradErrors, BackwardNeedsATensorThatRequiresGrad) {
  EXPECT_THAT([] { Tensor::ones({1}).backward(); }, ThrowsMessage<Error>(HasSubstr("does not require grad")));
  EXPECT_THROW(Tensor{}.backward(), Error);
}

TEST(Backward, TakesACotangent) {
  const Tensor x = leaf({2}, {1, 2});
  square(x).backward({.gradient = Tensor::from({2}, {10.0, 100.0})});
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(20, 400));
}

TEST(Backward, ReachesLeavesAlone) {
  const Tensor x = leaf({1}, {2}), y = square(x);
  (y * 3.0).backward();
  EXPECT_EQ(x.grad().item<double>(), 12);
  EXPECT_FALSE(y.grad().defined());
}

}  // namespace
}  // namespace wisp
