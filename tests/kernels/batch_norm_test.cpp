// The batch-norm kernels: statistics of any number of rows, numbers far from zero, the same bits for any thread count.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <tests/threads.h>
#include <wisp/core/rng.h>
#include <wisp/kernels/batch_norm.h>

namespace wisp::testing {
namespace {

template <class T>
std::vector<T> normal(std::int64_t count, double mean, double deviation, Rng& rng) {
  std::vector<double> values(static_cast<std::size_t>(count));
  rng.normal(std::span(values), mean, deviation);
  std::vector<T> result;
  for (const double v : values) result.push_back(convert<T>(v));
  return result;
}

struct Statistics {
  std::vector<double> mean, variance;
};

// In two passes over the whole batch in double.
template <class T>
Statistics by_definition(std::int64_t rows, std::int64_t channels, const std::vector<T>& x) {
  Statistics s{std::vector<double>(static_cast<std::size_t>(channels)),
               std::vector<double>(static_cast<std::size_t>(channels))};
  const auto count = static_cast<double>(rows);
  for (std::size_t i = 0; i < x.size(); ++i) s.mean[i % s.mean.size()] += convert<double>(x[i]) / count;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t c = i % s.mean.size();
    s.variance[c] += (convert<double>(x[i]) - s.mean[c]) * (convert<double>(x[i]) - s.mean[c]) / count;
  }
  return s;
}

// Chunks of 128 rows are merged: fewer rows, as many, a rest, several chunks with a rest. Channels drift from row to
// row, so that the chunks' means differ and the merging of their squares counts.
template <class T>
void expect_statistics(std::int64_t rows, std::int64_t channels, Rng& rng) {
  SCOPED_TRACE(::testing::Message() << rows << " rows, " << channels << " channels, " << name_of(dtype_of<T>));
  std::vector<T> x = normal<T>(rows * channels, 3.0, 0.5, rng);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = convert<T>(convert<double>(x[i]) + 0.01 * static_cast<double>(static_cast<std::int64_t>(i) / channels));
  const Statistics expected = by_definition(rows, channels, x);
  std::vector<double> mean(static_cast<std::size_t>(channels), std::numeric_limits<double>::quiet_NaN()),
      variance = mean;
  kernels::batch_norm_statistics(rows, channels, x.data(), mean.data(), variance.data());
  const double tolerance = 200 * std::numeric_limits<double>::epsilon();  // of sums of up to 128 numbers
  for (std::size_t c = 0; c < mean.size(); ++c) {
    EXPECT_NEAR(mean[c], expected.mean[c], tolerance * expected.mean[c]) << "channel " << c;
    EXPECT_NEAR(variance[c], expected.variance[c], tolerance * (expected.variance[c] + 1e-3)) << "channel " << c;
  }
}

TEST(BatchNormStatistics, AreThoseOfTheWholeBatchForAnyNumberOfRows) {
  Rng rng(61);
  for (const std::int64_t rows : {1, 2, 127, 128, 129, 256, 300, 1027})
    for (const std::int64_t channels : {1, 5, 17}) {
      expect_statistics<float>(rows, channels, rng);
      expect_statistics<double>(rows, channels, rng);
      expect_statistics<bfloat16>(rows, channels, rng);
    }
}

// Where mean of squares minus square of mean would have no digit left.
TEST(BatchNormStatistics, KeepTheVarianceOfNumbersFarFromZero) {
  constexpr std::int64_t rows = 1500, channels = 7;
  Rng rng(62);
  const std::vector<float> x = normal<float>(rows * channels, 1e4, 1.0, rng);
  const Statistics expected = by_definition(rows, channels, x);
  std::vector<double> mean(channels), variance(channels);
  kernels::batch_norm_statistics(rows, channels, x.data(), mean.data(), variance.data());
  for (std::size_t c = 0; c < mean.size(); ++c) {
    EXPECT_NEAR(mean[c], expected.mean[c], 1e-10) << "channel " << c;
    EXPECT_NEAR(variance[c], expected.variance[c], 1e-12 * expected.variance[c]) << "channel " << c;
  }
}

TEST(BatchNormStatistics, OfNothingAreNaN) {
  std::vector<double> mean(9), variance(9);
  kernels::batch_norm_statistics<float>(0, 9, nullptr, mean.data(), variance.data());
  for (std::size_t c = 0; c < mean.size(); ++c) EXPECT_TRUE(std::isnan(mean[c]) && std::isnan(variance[c]));
}

// A channel that is constant has no variance at all.
TEST(BatchNormStatistics, OfAConstantAreExact) {
  const std::vector<float> x(300 * 3, 0.1f);
  std::vector<double> mean(3), variance(3);
  kernels::batch_norm_statistics(300, 3, x.data(), mean.data(), variance.data());
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(mean[c], static_cast<double>(0.1f));
    EXPECT_EQ(variance[c], 0.0);
  }
}

template <class T>
struct Results {
  std::vector<double> mean, variance;
  std::vector<compute_t<T>> grad_weight, grad_bias;
  std::vector<T> y, grad_x;

  bool operator==(const Results& other) const {
    const auto same = [](const auto& a, const auto& b) {
      return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(a[0])) == 0;
    };
    return same(mean, other.mean) && same(variance, other.variance) && same(y, other.y) && same(grad_x, other.grad_x) &&
           same(grad_weight, other.grad_weight) && same(grad_bias, other.grad_bias);
  }
};

template <class T>
Results<T> with_threads(int count, std::int64_t rows, std::int64_t channels) {
  const Threads guard(count);
  using P = compute_t<T>;
  Rng rng(63);
  const std::vector<T> x = normal<T>(rows * channels, 1.0, 2.0, rng), g = normal<T>(rows * channels, 0.0, 1.0, rng);
  const std::vector<P> weight = normal<P>(channels, 1.0, 0.5, rng), bias = normal<P>(channels, 0.0, 0.5, rng);
  const auto channel = static_cast<std::size_t>(channels);
  Results<T> r{std::vector<double>(channel), std::vector<double>(channel), std::vector<P>(channel),
               std::vector<P>(channel),      std::vector<T>(x.size()),     std::vector<T>(x.size())};
  kernels::batch_norm_statistics(rows, channels, x.data(), r.mean.data(), r.variance.data());
  std::vector<P> mean(r.mean.begin(), r.mean.end()), inverse(channel);
  for (std::size_t c = 0; c < channel; ++c) inverse[c] = static_cast<P>(1 / std::sqrt(r.variance[c] + 1e-5));
  const kernels::BatchNormChannels<P> p{mean.data(), inverse.data(), weight.data(), bias.data(), P(0.2)};
  kernels::batch_norm_normalize(rows, channels, x.data(), p, r.y.data());
  kernels::batch_norm_backward(rows, channels, g.data(), x.data(), p, r.grad_x.data(), r.grad_weight.data(),
                               r.grad_bias.data());
  return r;
}

template <class T>
void expect_same_bits(std::int64_t rows, std::int64_t channels) {
  const Results<T> one = with_threads<T>(1, rows, channels);
  for (const int count : {2, 3, 8})
    EXPECT_TRUE(one == with_threads<T>(count, rows, channels)) << count << " threads, " << name_of(dtype_of<T>);
}

TEST(BatchNormDeterminism, SameBitsForAnyThreadCount) {
  expect_same_bits<float>(2000, 64);
  expect_same_bits<double>(515, 33);
  expect_same_bits<bfloat16>(2000, 64);
}

}  // namespace
}  // namespace wisp::testing
