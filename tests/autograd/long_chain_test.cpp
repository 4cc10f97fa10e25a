// A chain of 100,000 ops: backward and destruction do not recurse, so the stack does not overflow.
#include <gtest/gtest.h>

#include <cmath>

#include <wisp/autograd/backward.h>
#include <wisp/core/allocator.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>

namespace wisp {
namespace {

constexpr int length = 100'000;

TEST(LongChain, OfOpsThatSaveNothing) {
  const Tensor x = Tensor::ones({1}).set_requires_grad(true), one = Tensor::ones({1});
  Tensor y = x;
  for (int i = 0; i < length; ++i) y = y + one;
  y.backward();
  EXPECT_EQ(x.grad().item<float>(), 1);
}

TEST(LongChain, ThroughSavedTensors) {
  // Every multiplication saves its operand, which holds the node before: a second way down the chain.
  const Tensor x = Tensor::ones({1}, DType::f64).set_requires_grad(true);
  const Tensor factor = Tensor::full({1}, 1.00001, DType::f64).set_requires_grad(true);
  Tensor y = x;
  for (int i = 0; i < length; ++i) y = y * factor;
  y.backward();
  const double expected = std::pow(1.00001, length);
  EXPECT_NEAR(x.grad().item<double>(), expected, 1e-9);
  EXPECT_NEAR(factor.grad().item<double>(), length * expected / 1.00001, 1e-4);
}

TEST(LongChain, DroppedWithoutBackward) {
  const std::size_t before = allocator_statistics().bytes_in_use;
  {
    const Tensor x = Tensor::ones({1}).set_requires_grad(true);
    Tensor y = x;
    for (int i = 0; i < length; ++i) y = square(y);
  }
  EXPECT_EQ(allocator_statistics().bytes_in_use, before);
}

TEST(LongChain, WithBothOperandsFromTheChain) {
  const Tensor x = Tensor::ones({1}, DType::f64).set_requires_grad(true);
  Tensor y = x, previous = x;
  for (int i = 0; i < length / 2; ++i) {  // two ops each
    const Tensor next = (y + previous) * 0.5;
    previous = y;
    y = next;
  }
  y.backward();
  EXPECT_NEAR(x.grad().item<double>(), 1.0, 1e-9);  // a mean of numbers equal to x
}

TEST(LongChain, OfGradientsWithCreateGraph) {
  const std::size_t before = allocator_statistics().bytes_in_use;
  {
    const Tensor x = Tensor::ones({1}, DType::f64).set_requires_grad(true);
    Tensor y = x;
    for (int i = 0; i < length / 4; ++i) y = y * x;
    const Tensor first = grad({y}, {x}, {.create_graph = true})[0];
    EXPECT_EQ(first.item<double>(), length / 4 + 1);
    EXPECT_EQ(grad({first}, {x})[0].item<double>(), (length / 4 + 1.0) * (length / 4));
  }
  EXPECT_EQ(allocator_statistics().bytes_in_use, before);
}

}  // namespace
}  // namespace wisp
