// Losses and activations where something is infinite: what has the weight 0 takes no part.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <tests/leaf.h>
#include <wisp/autograd/backward.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/softmax.h>

namespace wisp::testing {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

void expect_near(const Tensor& actual, const std::vector<double>& expected) {
  const std::vector<double> values = actual.to(DType::f64).values<double>();
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(expected[i]))
      EXPECT_NEAR(values[i], expected[i], 1e-6 * std::abs(expected[i]) + 1e-300) << i;
    else
      EXPECT_TRUE(values[i] == expected[i] || (std::isnan(values[i]) && std::isnan(expected[i]))) << i << values[i];
  }
}

Tensor class_number(std::int64_t value) { return Tensor::from({}, std::vector<std::int64_t>{value}); }

// PyTorch's answers. (0, 1) have the probabilities 1 / (1 + e) and e / (1 + e).
TEST(InfiniteLogits, CrossEntropy) {
  const double p = 1 / (1 + std::exp(1.0)), q = 1 - p;
  for (const DType dtype : {DType::f64, DType::f32}) {
    const auto logits = [&] { return leaf({0, -infinity, 1}).detach().to(dtype).set_requires_grad(true); };
    const std::vector<std::vector<double>> gradients{{p - 1, 0, q}, {p, -1, q}, {p, 0, q - 1}};
    const std::vector<double> losses{-std::log(p), infinity, -std::log(q)};
    for (std::int64_t target = 0; target < 3; ++target) {
      const auto k = static_cast<std::size_t>(target);
      const Tensor x = logits(), loss = cross_entropy(x, class_number(target));
      expect_near(loss, {losses[k]});
      const Tensor gradient = grad({loss}, {x}, {.create_graph = true})[0];
      expect_near(gradient, gradients[k]);
      // The derivative of the gradient in direction 0 is row 0 of diag(p) - p p^T.
      expect_near(grad({sum(gradient.narrow(0, 0, 1))}, {x})[0], {p * q, 0, -p * q});
    }
  }
}

TEST(InfiniteLogits, CrossEntropyOfABatchOfImages) {
  const Tensor x = Tensor::from({1, 2, 1, 2}, {-infinity, 0.0, 3.0, 0.0}).set_requires_grad(true);
  const Tensor target = Tensor::from({1, 1, 2}, std::vector<std::int64_t>{1, 0});
  const Tensor losses = cross_entropy(x, target, Reduction::none);
  expect_near(losses, {0, std::log(2.0)});
  expect_near(grad({sum(losses)}, {x})[0], {0, -0.5, 0, 0.5});
}

// softplus(-infinity) is 0, and a weight of 0 takes nothing from softplus(infinity).
TEST(InfiniteLogits, BinaryCrossEntropy) {
  for (const DType dtype : {DType::f64, DType::f32}) {
    const Tensor x = leaf({-infinity, infinity, infinity, -infinity, nan}).detach().to(dtype).set_requires_grad(true);
    const Tensor t = Tensor::from({5}, {0.0, 1.0, 0.0, 0.5, 0.0}).to(dtype);
    const Tensor losses = bce_with_logits(x, t, Reduction::none);
    expect_near(losses, {0, 0, infinity, infinity, nan});
    const Tensor gradient = grad({sum(losses)}, {x}, {.create_graph = true})[0];
    expect_near(gradient, {0, 0, 1, -0.5, nan});
    expect_near(grad({sum(gradient.narrow(0, 0, 4))}, {x})[0], {0, 0, 0, 0, nan});
  }
}

TEST(InfiniteLogits, SoftmaxAndItsLogarithm) {
  const Tensor x = leaf({-infinity, 2, 2});
  expect_near(softmax(x, 0), {0, 0.5, 0.5});
  expect_near(log_softmax(x, 0), {-infinity, -std::log(2.0), -std::log(2.0)});
  expect_near(grad({sum(softmax(x, 0).narrow(0, 1, 1))}, {x})[0], {0, 0.25, -0.25});
  expect_near(softmax(leaf({1, nan, 2}), 0), {nan, nan, nan});
  EXPECT_EQ(softmax(Tensor::ones({0, 3}), 1).shape(), (Shape{0, 3}));
  EXPECT_EQ(log_softmax(Tensor::ones({3, 0}), 1).shape(), (Shape{3, 0}));
}

TEST(InfiniteLogits, LeakyReluWithoutASlopeIsRelu) {
  for (const auto& op :
       {+[](const Tensor& x) { return relu(x); }, +[](const Tensor& x) { return leaky_relu(x, 0.0); }}) {
    const Tensor x = leaf({-infinity, -1, 0, 2, infinity, nan});
    const Tensor y = op(x);
    expect_near(y, {0, 0, 0, 2, infinity, nan});
    expect_near(grad({y}, {x}, {.grad_outputs = {leaf({infinity, 1, infinity, 3, 4, 5}).detach()}})[0],
                {0, 0, 0, 3, 4, 5});  // PyTorch's: g wherever x is not <= 0
  }
  expect_near(leaky_relu(leaf({-infinity, nan}), 0.2), {-infinity, nan});
}

// sigmoid(x) - t by formula: -sigmoid(-x) for a target of 1.
TEST(InfiniteLogits, GradientsOfBinaryCrossEntropyDoNotCancel) {
  const Tensor x = Tensor::from({3}, {20.f, -20.f, 80.f}).set_requires_grad(true);
  const Tensor target = Tensor::from({3}, {1.f, 0.f, 1.f});
  expect_near(grad({bce_with_logits(x, target, Reduction::sum)}, {x})[0],
              {-2.0611537e-9, 2.0611537e-9, -1.8048514e-35});
}

}  // namespace
}  // namespace wisp::testing
