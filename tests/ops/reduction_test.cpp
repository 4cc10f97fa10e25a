// Sums and means: exact where they can be, in every dtype; the same bits for any number of threads.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <tests/threads.h>
#include <wisp/autograd/backward.h>
#include <wisp/core/rng.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp::testing {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double tenth = 0.1;  // the double, which is more than 1/10 by 5.55e-18

TEST(Sum, OfTenMillionTenthsIsExactToTheLastDigits) {
  const double expected = 1e6 + 5.551115123125783e-11;
  EXPECT_NEAR(sum(Tensor::full({10'000'000}, tenth, DType::f64)).item<double>(), expected, 1e-15 * expected);
  // Side by side, as gradients of biases are summed.
  for (const double s : sum(Tensor::full({2'500'000, 4}, tenth, DType::f64), {0}).values<double>())
    EXPECT_NEAR(s, expected / 4, 1e-15 * expected / 4);
  EXPECT_EQ(sum(Tensor::full({10'000'000}, tenth)).item<float>(), static_cast<float>(1e7 * 0.1f));
}

TEST(Sum, InfinityStaysInfinityAndNaNIsNotLost) {
  for (const double at_end : {1.0, infinity, -infinity, std::nan("")}) {
    std::vector<double> values(100'000, 1.0);
    values[7] = infinity;
    values.back() = at_end;
    const double s = sum(Tensor::from({100'000}, values)).item<double>();
    if (at_end > 0)
      EXPECT_EQ(s, infinity);
    else
      EXPECT_TRUE(std::isnan(s)) << at_end;
  }
}

TEST(Mean, OfOnesIsOneForEveryNumberOfThem) {
  for (const DType dtype : {DType::f64, DType::f32, DType::bf16})
    for (std::int64_t n = 1; n <= 1000; ++n)
      ASSERT_EQ(mean(Tensor::ones({n}, dtype)).to(DType::f64).item<double>(), 1.0) << n << " " << name_of(dtype);
  for (const std::int64_t n : {4'999'999, 16'777'259})
    EXPECT_EQ(mean(Tensor::ones({n}, DType::f64)).item<double>(), 1.0) << n;
  EXPECT_TRUE(std::isnan(mean(Tensor::ones({0})).item<float>()));
  EXPECT_EQ(sum(Tensor::ones({0})).item<float>(), 0);
}

// g / n, and not g times a rounded 1 / n, nor divided by n rounded to the dtype (1001 is none in bf16).
TEST(Mean, GradientIsDividedByTheNumber) {
  for (const std::int64_t n : {3, 49, 1001, 3003}) {
    const Tensor x = Tensor::ones({n, 1}, DType::f64).set_requires_grad(true);
    const double g = static_cast<double>(n);
    for (const double of_one : grad({mean(x) * g}, {x})[0].values<double>()) ASSERT_EQ(of_one, 1.0) << n;
    const Tensor small = Tensor::ones({n, 1}, DType::bf16).set_requires_grad(true);
    const Tensor gradient = grad({mean(small)}, {small})[0];
    ASSERT_EQ(gradient.values<bfloat16>()[0].bits, bfloat16(static_cast<float>(1.0 / g)).bits) << n;
  }
}

TEST(Sums, SameBitsForAnyNumberOfThreads) {
  Rng rng(3);
  const Tensor wide = Tensor::randn({8, 5, 90, 41}, rng, DType::f64);
  for (const DType dtype : {DType::f64, DType::f32, DType::bf16}) {
    const Tensor x = wide.to(dtype);
    for (const std::vector<int>& dims : std::vector<std::vector<int>>{{}, {0, 2, 3}, {1}, {2, 3}, {0}, {3}}) {
      const auto bits = [&](int count) {
        const Threads guard(count);
        return mean(x, dims).to(DType::f64).values<double>();
      };
      const std::vector<double> one = bits(1);
      for (const int count : {2, 3})
        EXPECT_EQ(std::memcmp(one.data(), bits(count).data(), one.size() * sizeof(double)), 0)
            << count << " threads, " << name_of(dtype) << ", " << dims.size() << " dimensions";
    }
  }
}

}  // namespace
}  // namespace wisp::testing
