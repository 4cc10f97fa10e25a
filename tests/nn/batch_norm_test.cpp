// BatchNorm layers: statistics of the batch in training, running ones in evaluation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include <wisp/core/rng.h>
#include <wisp/nn/batch_norm.h>

namespace wisp::nn {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// The values of each channel (dimension 1) of an image, and where they are in logical order.
struct Channel {
  std::vector<double> values;
  std::vector<std::size_t> at;
  double mean() const {
    double sum = 0;
    for (double v : values) sum += v;
    return sum / static_cast<double>(values.size());
  }
  double variance(int correction) const {  // divided by count - correction
    double sum = 0;
    for (double v : values) sum += (v - mean()) * (v - mean());
    return sum / static_cast<double>(values.size() - static_cast<std::size_t>(correction));
  }
};

std::vector<Channel> channels_of(const Tensor& x) {
  std::vector<Channel> channels(static_cast<std::size_t>(x.dim(1)));
  const std::vector<double> values = x.values<double>();
  const std::int64_t inner = x.numel() / x.dim(0) / x.dim(1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    Channel& channel = channels[static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % x.dim(1))];
    channel.values.push_back(values[i]);
    channel.at.push_back(i);
  }
  return channels;
}

// y = (x - mean) / sqrt(variance + eps) weight + bias with the given statistics of each channel.
void expect_normalized(const Tensor& y, const Tensor& x, const std::vector<double>& mean,
                       const std::vector<double>& variance, double eps, const std::vector<double>& weight,
                       const std::vector<double>& bias) {
  ASSERT_EQ(y.shape(), x.shape());
  const std::vector<double> got = y.values<double>();
  const std::vector<Channel> channels = channels_of(x);
  for (std::size_t c = 0; c < channels.size(); ++c)
    for (std::size_t i = 0; i < channels[c].values.size(); ++i)
      ASSERT_NEAR(got[channels[c].at[i]],
                  (channels[c].values[i] - mean[c]) / std::sqrt(variance[c] + eps) * weight[c] + bias[c], 1e-12);
}

std::vector<double> means(const Tensor& x) {
  std::vector<double> result;
  for (const Channel& channel : channels_of(x)) result.push_back(channel.mean());
  return result;
}
std::vector<double> variances(const Tensor& x, int correction) {
  std::vector<double> result;
  for (const Channel& channel : channels_of(x)) result.push_back(channel.variance(correction));
  return result;
}

void expect_near(const Tensor& got, const std::vector<double>& expected) {
  const std::vector<double> values = got.values<double>();
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-12);
}

template <class Layer>
Layer layer(const BatchNormOptions& options = {}) {
  Layer result(3, options);
  result.to(DType::f64);
  if (options.affine) {
    result.weight.copy_(Tensor::from({3}, {0.5, -2.0, 3.0}));
    result.bias.copy_(Tensor::from({3}, {1.0, 0.0, -4.0}));
  }
  return result;
}
const std::vector<double> weight{0.5, -2.0, 3.0}, bias{1.0, 0.0, -4.0}, ones(3, 1.0), zeros(3, 0.0);

Tensor batch(const Shape& shape, std::uint64_t seed = 1) {
  Rng rng(seed);
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  rng.normal(std::span(values), 2.0, 3.0);
  return Tensor::from(shape, values);
}

template <class Layer>
void check_training(const Shape& shape) {
  Layer norm = layer<Layer>({.eps = 1e-3});
  const Tensor x = batch(shape);
  expect_normalized(norm(x), x, means(x), variances(x, 0), 1e-3, weight, bias);
}

TEST(BatchNorm, TrainingNormalizesEachChannelByTheBatch) {
  check_training<BatchNorm2d>({2, 3, 4, 5});
  check_training<BatchNorm1d>({6, 3});
  check_training<BatchNorm1d>({4, 3, 5});
}

template <class Layer>
void check_running_statistics(const Shape& shape) {
  Layer norm = layer<Layer>({.momentum = 0.3});
  const Tensor x = batch(shape, 1), y = batch(shape, 2);
  norm(x);
  norm(y);
  std::vector<double> mean, variance;
  for (std::size_t c = 0; c < 3; ++c) {  // from 0 and 1: r = 0.7 r + 0.3 new, twice, with the unbiased variance
    mean.push_back(0.7 * (0.3 * means(x)[c]) + 0.3 * means(y)[c]);
    variance.push_back(0.7 * (0.7 + 0.3 * variances(x, 1)[c]) + 0.3 * variances(y, 1)[c]);
  }
  expect_near(norm.running_mean, mean);
  expect_near(norm.running_var, variance);
  EXPECT_EQ(norm.num_batches_tracked.template item<std::int64_t>(), 2);
  norm.eval();
  expect_normalized(norm(x), x, mean, variance, 1e-5, weight, bias);
  expect_near(norm.running_mean, mean);  // evaluation leaves them alone
  EXPECT_EQ(norm.num_batches_tracked.template item<std::int64_t>(), 2);
}

TEST(BatchNorm, EvaluationUsesRunningStatisticsWithUnbiasedVariance) {
  check_running_statistics<BatchNorm2d>({2, 3, 4, 5});
  check_running_statistics<BatchNorm1d>({6, 3});
  check_running_statistics<BatchNorm1d>({4, 3, 5});
}

TEST(BatchNorm, WithoutMomentumTheStatisticsAreThePlainMeanOverBatches) {
  BatchNorm2d norm = layer<BatchNorm2d>({.momentum = std::nullopt});
  std::vector<double> mean(3), variance(3);
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const Tensor x = batch({2, 3, 4, 5}, seed);
    norm(x);
    for (std::size_t c = 0; c < 3; ++c) mean[c] += means(x)[c] / 4, variance[c] += variances(x, 1)[c] / 4;
  }
  expect_near(norm.running_mean, mean);
  expect_near(norm.running_var, variance);
}

TEST(BatchNorm, WithoutRunningStatisticsEvaluationUsesTheBatchToo) {
  BatchNorm2d norm = layer<BatchNorm2d>({.track_running_stats = false});
  EXPECT_TRUE(norm.named_buffers().empty());
  norm.eval();
  const Tensor x = batch({2, 3, 4, 5});
  expect_normalized(norm(x), x, means(x), variances(x, 0), 1e-5, weight, bias);
}

TEST(BatchNorm, WithoutAffineHasNoParameters) {
  BatchNorm2d norm = layer<BatchNorm2d>({.affine = false});
  EXPECT_TRUE(norm.parameters().empty());
  const Tensor x = batch({2, 3, 4, 5});
  expect_normalized(norm(x), x, means(x), variances(x, 0), 1e-5, ones, zeros);
  norm.eval();
  expect_normalized(norm(x), x, norm.running_mean.values<double>(), norm.running_var.values<double>(), 1e-5, ones,
                    zeros);
}

TEST(BatchNorm, OneValuePerChannelIsAnErrorInTrainingAndChangesNothing) {
  BatchNorm2d norm = layer<BatchNorm2d>();
  EXPECT_THAT(
      [&] {
        norm(batch({1, 3, 1, 1}));
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("more than 1 value per channel"), HasSubstr("1x3x1x1"))));
  EXPECT_EQ(norm.num_batches_tracked.item<std::int64_t>(), 0);
  expect_near(norm.running_mean, zeros);
  norm.eval();
  EXPECT_NO_THROW(norm(batch({1, 3, 1, 1})));
  EXPECT_THROW(layer<BatchNorm1d>()(batch({1, 3})), Error);
  EXPECT_NO_THROW(layer<BatchNorm1d>()(batch({1, 3, 2})));
}

TEST(BatchNorm, RanksAreChecked) {
  EXPECT_THAT(
      [] {
        layer<BatchNorm2d>()(batch({2, 3, 4}));
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("BatchNorm2d"), HasSubstr("2x3x4"))));
  EXPECT_THAT(
      [] {
        layer<BatchNorm1d>()(batch({2, 3, 4, 5}));
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("BatchNorm1d"), HasSubstr("2x3x4x5"))));
  EXPECT_THROW(layer<BatchNorm1d>()(batch({3})), Error);
}

TEST(BatchNorm, ChannelsAreChecked) {
  EXPECT_THAT([] { layer<BatchNorm2d>()(batch({2, 5, 4, 3})); }, ThrowsMessage<Error>(HasSubstr("2x5x4x3")));
  EXPECT_THROW(BatchNorm2d(0), Error);
}

TEST(BatchNorm, DTypesAreChecked) { EXPECT_THROW(BatchNorm2d(3)(batch({2, 3, 4, 5})), Error); }

}  // namespace
}  // namespace wisp::nn
