// A gradient that is recorded leads back to its leaf, and yet does not keep it alive.
#include <gtest/gtest.h>

#include <functional>

#include <tests/leaf.h>
#include <wisp/core/allocator.h>
#include <wisp/wisp.h>

namespace wisp::testing {
namespace {

void expect_freed(const std::function<void()>& run) {
  run();  // constants that are kept for good
  const std::size_t before = allocator_statistics().bytes_in_use;
  for (int i = 0; i < 3; ++i) run();
  EXPECT_EQ(allocator_statistics().bytes_in_use, before);
}

TEST(Cycle, ARecordedGradientIsFreedWithItsLeaf) {
  std::weak_ptr<Storage> numbers;
  {
    const Tensor w = leaf({1, 2, 3});
    numbers = w.storage();
    sum(w * w * w).backward({.create_graph = true});
    EXPECT_TRUE(w.grad().requires_grad());
  }
  EXPECT_TRUE(numbers.expired());
}

TEST(Cycle, TheWholeGraphIsFreed) {
  expect_freed([] {
    const Tensor w = leaf({1, 2, 3}), x = leaf({4, 5, 6});
    const Tensor y = sum(exp(w * square(x)) / w);
    y.backward({.create_graph = true});
    sum(square(w.grad())).backward({.create_graph = true});
  });
}

// What was saved becomes a copy of what it was saved for.
TEST(Cycle, ACopyIntoWhatTheGraphHasSaved) {
  expect_freed([] {
    const Tensor x = leaf({1, 2});
    Tensor y = x * 2.0;
    y.copy_(y * y);
  });
  expect_freed([] {
    const Tensor w = leaf({1, 2});
    Tensor x = Tensor::from({2}, {3.0, 4.0});
    x.copy_(w * x);
  });
}

TEST(Cycle, ALeafThatRequiresGradAfterItWasSaved) {
  expect_freed([] {
    const Tensor w = leaf({1, 2});
    Tensor x = Tensor::from({2}, {3.0, 4.0});
    const Tensor y = sum(w * x * w);
    x.set_requires_grad(true);
    y.backward({.create_graph = true});
    x.set_grad(w.grad());
  });
}

TEST(Cycle, OfALayersWeights) {
  expect_freed([] {
    Rng rng(1);
    nn::Sequential network(nn::SpectralNorm(nn::Conv2d(3, 4, 3, {}, rng), {}, rng), nn::BatchNorm2d(4),
                           nn::LeakyReLU(0.2), nn::Flatten(), nn::Linear(16, 1, rng));
    sum(network(Tensor::randn({2, 3, 4, 4}, rng).set_requires_grad(true))).backward({.create_graph = true});
  });
}

TEST(Cycle, OfGradientsThatLeadToEachOther) {
  expect_freed([] {
    Tensor a = leaf({1, 2}), b = leaf({3, 4});
    a.set_grad(b * b);
    b.set_grad(a * a);
  });
}

TEST(Cycle, SecondDerivativesThroughALeafsGradientAreRight) {
  const Tensor w = leaf({2, 3});
  sum(w * w * w).backward({.create_graph = true});
  const Tensor first = w.grad();  // 3 w^2
  EXPECT_EQ(grad({sum(first)}, {w}, {.retain_graph = true})[0].values<double>(), (std::vector<double>{12, 18}));
  sum(first).backward();  // added to the gradient
  EXPECT_EQ(w.grad().values<double>(), (std::vector<double>{24, 45}));
}

TEST(Cycle, ALeafThatIsGoneNeedsNoGradient) {
  const Tensor x = leaf({2, 3});
  Tensor y;
  {
    const Tensor gone = leaf({4, 5});
    y = sum(x * gone);
  }
  y.backward();
  EXPECT_EQ(x.grad().values<double>(), (std::vector<double>{4, 5}));
}

}  // namespace
}  // namespace wisp::testing
