// Rng: a stream that depends on seed and position alone, and the distributions drawn from it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <tests/threads.h>
#include <wisp/core/error.h>
#include <wisp/core/parallel.h>
#include <wisp/core/rng.h>

namespace wisp {
namespace {

using testing::Threads;

template <class T>
std::vector<T> normal(std::uint64_t seed, std::size_t count) {
  std::vector<T> numbers(count);
  Rng(seed).normal(std::span(numbers));
  return numbers;
}

struct Moments {
  double mean, variance, skewness, kurtosis;
};

Moments moments(const std::vector<double>& numbers) {
  const double n = static_cast<double>(numbers.size());
  const double mean = std::accumulate(numbers.begin(), numbers.end(), 0.0) / n;
  std::array<double, 5> central{};
  for (double x : numbers)
    for (int k = 2; k <= 4; ++k) central[static_cast<std::size_t>(k)] += std::pow(x - mean, k) / n;
  return {mean, central[2], central[3] / std::pow(central[2], 1.5), central[4] / (central[2] * central[2])};
}

TEST(Rng, SameNumbersForAnyNumberOfThreads) {
  constexpr std::size_t count = 50'001;  // many chunks, the last block half used
  const std::vector<float> reference = [] {
    const Threads one(1);
    return normal<float>(11, count);
  }();
  for (int threads : {2, 3, 7}) {
    const Threads guard(threads);
    EXPECT_EQ(normal<float>(11, count), reference) << threads << " threads";
  }
}

TEST(Rng, FloatAndDoubleDrawTheSameNumbersUpToRounding) {
  const std::vector<float> narrow = normal<float>(5, 1000);
  const std::vector<double> wide = normal<double>(5, 1000);
  for (std::size_t i = 0; i < wide.size(); ++i) ASSERT_EQ(narrow[i], static_cast<float>(wide[i]));
}

TEST(Rng, DrawsContinueTheStream) {
  const std::vector<double> whole = normal<double>(9, 14);
  Rng rng(9);
  std::vector<double> parts(14);
  rng.normal(std::span(parts).subspan(0, 6));
  rng.normal(std::span(parts).subspan(6));
  EXPECT_EQ(parts, whole);
}

TEST(Rng, AnOddDrawUsesUpItsLastBlock) {
  Rng rng(9);
  std::vector<double> numbers(5);
  rng.uniform(std::span(numbers));
  EXPECT_EQ(rng.position(), 3u);
  rng.uniform(std::span<double>());
  EXPECT_EQ(rng.position(), 3u);
}

TEST(Rng, SeedAndPositionAreTheWholeState) {
  Rng rng(21);
  rng.permutation(10);
  Rng resumed(rng.seed());
  resumed.set_position(rng.position());
  EXPECT_EQ(resumed.permutation(20), rng.permutation(20));
}

TEST(Rng, SeedsGiveDifferentStreams) {
  EXPECT_NE(normal<double>(1, 4), normal<double>(2, 4));
  EXPECT_NE(normal<double>(1, 4), normal<double>(1 + (std::uint64_t{1} << 32), 4));
}

TEST(Rng, UniformNumbersStayBelowTheUpperBoundInFloat) {
  // Between 1 and 1 + 2^-23 there is no float: a draw rounded to nearest would give the bound half of the time.
  std::vector<float> numbers(1000);
  Rng(4).uniform(std::span(numbers), 1.0, 1.0 + 0x1p-23);
  for (float x : numbers) ASSERT_EQ(x, 1.f);
  Rng(4).uniform(std::span(numbers), 16777215.0, 16777216.0);
  for (float x : numbers) ASSERT_EQ(x, 16777215.f);
}

TEST(Rng, UniformNumbersFillTheInterval) {
  std::vector<double> numbers(100'000);
  Rng(4).uniform(std::span(numbers), -3.0, 5.0);
  const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
  EXPECT_GE(*least, -3.0);
  EXPECT_LT(*most, 5.0);
  EXPECT_LT(*least, -2.99);
  EXPECT_GT(*most, 4.99);
  const Moments m = moments(numbers);  // tolerances: five standard errors
  EXPECT_NEAR(m.mean, 1.0, 5 * 8 / std::sqrt(12.0 * 1e5));
  EXPECT_NEAR(m.variance, 64.0 / 12, 5 * 64 / std::sqrt(180.0 * 1e5));
  EXPECT_NEAR(m.kurtosis, 1.8, 0.05);
}

TEST(Rng, NormalNumbersHaveNormalMoments) {
  std::vector<double> numbers(200'000);
  Rng(8).normal(std::span(numbers), 2.0, 3.0);
  const double n = 2e5;
  const Moments m = moments(numbers);
  EXPECT_NEAR(m.mean, 2.0, 5 * 3 / std::sqrt(n));
  EXPECT_NEAR(m.variance, 9.0, 5 * 9 * std::sqrt(2 / n));
  EXPECT_NEAR(m.skewness, 0.0, 5 * std::sqrt(6 / n));
  EXPECT_NEAR(m.kurtosis, 3.0, 5 * std::sqrt(24 / n));
  const auto within = std::count_if(numbers.begin(), numbers.end(), [](double x) { return std::abs(x - 2) < 3; });
  EXPECT_NEAR(static_cast<double>(within) / n, 0.682689, 5 * 0.47 / std::sqrt(n));
}

TEST(Rng, NeighbouringNormalNumbersAreUncorrelated) {
  const std::vector<double> x = normal<double>(6, 100'001);
  double product = 0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i) product += x[i] * x[i + 1];
  EXPECT_NEAR(product / 1e5, 0.0, 5 / std::sqrt(1e5));
}

TEST(Rng, IntegersAreUniformBelowTheBound) {
  Rng rng(13);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) {
    const std::uint64_t value = rng.integer(7);
    ASSERT_LT(value, 7u);
    ++counts[value];
  }
  for (int count : counts) EXPECT_NEAR(count, 10'000, 5 * std::sqrt(70'000 * 6 / 49.0));
}

TEST(Rng, IntegersAreUnbiasedForBoundsThatDoNotDivideTheRange) {
  // Taking the remainder of a 64-bit word by 3 * 2^62 would put half of all results, not a third, below 2^62.
  Rng rng(14);
  int low = 0;
  for (int i = 0; i < 9000; ++i) low += rng.integer(std::uint64_t{3} << 62) < (std::uint64_t{1} << 62);
  EXPECT_NEAR(low, 3000, 5 * std::sqrt(2000.0));
}

TEST(Rng, IntegerBelowOneIsZeroAndBelowZeroAnError) {
  Rng rng(1);
  EXPECT_EQ(rng.integer(1), 0u);
  EXPECT_THROW(rng.integer(0), Error);
}

TEST(Rng, PermutationHoldsEveryIndexOnce) {
  std::vector<std::int64_t> order = Rng(2).permutation(1000), sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) ASSERT_EQ(sorted[i], static_cast<std::int64_t>(i));
  EXPECT_NE(order, sorted);
  EXPECT_TRUE(Rng(2).permutation(0).empty());
  EXPECT_THROW(Rng(2).permutation(-1), Error);
}

TEST(Rng, PermutationsAreEquallyLikely) {
  Rng rng(3);
  std::array<int, 6> counts{};
  for (int i = 0; i < 6000; ++i) {
    const auto p = rng.permutation(3);
    ++counts[static_cast<std::size_t>(2 * p[0] + (p[1] > p[2] ? 1 : 0))];
  }
  for (int count : counts) EXPECT_NEAR(count, 1000, 5 * std::sqrt(6000 * 5 / 36.0));
}

}  // namespace
}  // namespace wisp
