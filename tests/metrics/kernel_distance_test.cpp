#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <tests/message_of.h>
#include <tests/metrics/random_features.h>
#include <tests/threads.h>
#include <wisp/core/error.h>
#include <wisp/metrics/kernel_distance.h>

namespace wisp::metrics {
namespace {

using testing::message_of;
using testing::random_features;

// The mean of k over all pairs of rows, but those of equal numbers when a and b are one set.
double mean_kernel(const Tensor& a, const Tensor& b, bool one_set) {
  const std::int64_t width = a.dim(1);
  double total = 0, pairs = 0;
  for (std::int64_t i = 0; i < a.dim(0); ++i)
    for (std::int64_t j = 0; j < b.dim(0); ++j) {
      if (one_set && i == j) continue;
      double product = 0;
      for (std::int64_t d = 0; d < width; ++d)
        product += static_cast<double>(a.data<float>()[i * width + d]) * b.data<float>()[j * width + d];
      total += std::pow(product / static_cast<double>(width) + 1, 3);
      ++pairs;
    }
  return total / pairs;
}

double by_definition(const Tensor& x, const Tensor& y) {
  return mean_kernel(x, x, true) + mean_kernel(y, y, true) - 2 * mean_kernel(x, y, false);
}

TEST(KernelDistance, IsThatOfTheDefinition) {
  const Tensor x = random_features(37, 5, 1), y = random_features(23, 5, 2);
  EXPECT_NEAR(kernel_distance(x, y), by_definition(x, y), 1e-12);
}

TEST(KernelDistance, AcrossBlocks) {
  const Tensor x = random_features(600, 3, 3), y = random_features(530, 3, 4);
  EXPECT_NEAR(kernel_distance(x, y), by_definition(x, y), 1e-11);
  EXPECT_NEAR(kernel_distance(testing::shuffled(x), y), kernel_distance(x, y), 1e-9);
  EXPECT_NEAR(kernel_distance(x, y), kernel_distance(y, x), 1e-12);
}

TEST(KernelDistance, IsZeroOnAverageForOneDistribution) {
  const int trials = 400;
  double sum = 0, squares = 0;
  for (int trial = 0; trial < trials; ++trial) {
    const double distance = kernel_distance(random_features(20, 4, 2 * trial), random_features(20, 4, 2 * trial + 1));
    sum += distance;
    squares += distance * distance;
  }
  EXPECT_LT(std::abs(sum / trials), 4 * std::sqrt(squares) / trials);
  EXPECT_GT(squares, 0);
}

TEST(KernelDistance, OfConstantsIsExact) {  // k = 1, (1 + 1)^3 and 1
  EXPECT_DOUBLE_EQ(kernel_distance(Tensor::zeros({3, 4}), Tensor::ones({5, 4})), 1 + 8 - 2);
}

TEST(KernelDistance, DoesNotDependOnTheThreads) {
  const Tensor x = random_features(1000, 30, 5), y = random_features(900, 30, 6);
  const auto measure = [&](int threads) {
    const testing::Threads guard(threads);
    return kernel_distance(x, y);
  };
  const double one = measure(1);
  EXPECT_EQ(measure(2), one);
  EXPECT_EQ(measure(5), one);
}

TEST(KernelDistance, SaysWhatIsWrong) {
  const Tensor x = Tensor::zeros({4, 3});
  EXPECT_EQ(message_of([&] {
              kernel_distance(x, Tensor::zeros({4, 3}, DType::u8));
            }),
            "kernel_distance: rows must be f32 of shape (N, D), given u8 4x3");
  EXPECT_EQ(message_of([&] {
              kernel_distance(Tensor::zeros({4, 3, 1}), x);
            }),
            "kernel_distance: rows must be f32 of shape (N, D), given f32 4x3x1");
  EXPECT_EQ(message_of([&] {
              kernel_distance(x, Tensor::zeros({1, 3}));
            }),
            "kernel_distance: at least 2 rows are needed, given 1");
  EXPECT_EQ(message_of([&] {
              kernel_distance(x, Tensor::zeros({4, 2}));
            }),
            "kernel_distance: both sets must have rows of one width, given 3 and 2");
  EXPECT_EQ(message_of([&] {
              kernel_distance(x, Tensor::full({4, 3}, std::numeric_limits<double>::infinity()));
            }),
            "kernel_distance: all numbers must be finite, given inf");
}

}  // namespace
}  // namespace wisp::metrics
