// Initialisation: bounds and moments of the numbers layers start with.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/init.h>
#include <wisp/nn/linear.h>

namespace wisp::nn {
namespace {

// Uniform in [-bound, bound]: within it, near its ends, and with variance bound^2 / 3.
void expect_uniform(const Tensor& tensor, double bound) {
  const std::vector<float> values = tensor.values<float>();
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  EXPECT_GE(*least, -bound);
  EXPECT_LE(*most, bound);
  EXPECT_LT(*least, -bound * (1 - 20 / n));
  EXPECT_GT(*most, bound * (1 - 20 / n));
  const double square = std::inner_product(values.begin(), values.end(), values.begin(), 0.0) / n;
  EXPECT_NEAR(square, bound * bound / 3, 5 * bound * bound * std::sqrt(4 / (45 * n)));
}

TEST(DefaultInit, OfLinearIsUniformByItsInputs) {
  Rng rng(1);
  const Linear layer(50, 400, rng);
  expect_uniform(layer.weight, 1 / std::sqrt(50.0));
  expect_uniform(layer.bias, 1 / std::sqrt(50.0));
}

TEST(DefaultInit, OfConv2dIsUniformByInputChannelsPerGroupAndKernel) {
  Rng rng(1);
  const Conv2d layer(12, 300, {3, 5}, {.groups = 3}, rng);
  EXPECT_EQ(layer.weight.shape(), (Shape{300, 4, 3, 5}));
  expect_uniform(layer.weight, 1 / std::sqrt(4.0 * 3 * 5));
  expect_uniform(layer.bias, 1 / std::sqrt(4.0 * 3 * 5));
}

TEST(DefaultInit, OfConvTranspose2dIsUniformByOutputChannelsPerGroupAndKernel) {
  // PyTorch takes dimension 1 of the weight here too, which is output channels / groups.
  Rng rng(1);
  const ConvTranspose2d layer(12, 300, {3, 5}, {.groups = 3}, rng);
  EXPECT_EQ(layer.weight.shape(), (Shape{12, 100, 3, 5}));
  EXPECT_EQ(layer.bias.shape(), Shape{300});
  expect_uniform(layer.weight, 1 / std::sqrt(100.0 * 3 * 5));
  expect_uniform(layer.bias, 1 / std::sqrt(100.0 * 3 * 5));
}

TEST(DefaultInit, OfBatchNormIsTheIdentity) {
  const BatchNorm2d layer(3);
  EXPECT_EQ(layer.weight.values<float>(), (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(layer.bias.values<float>(), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(layer.running_mean.values<float>(), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(layer.running_var.values<float>(), (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(layer.num_batches_tracked.item<std::int64_t>(), 0);
}

TEST(DefaultInit, DependsOnTheSeedAlone) {
  Rng a(5), b(5), c(6);
  const auto first = Conv2d(2, 3, 4, {}, a).weight.values<float>();
  EXPECT_EQ(first, Conv2d(2, 3, 4, {}, b).weight.values<float>());
  EXPECT_NE(first, Conv2d(2, 3, 4, {}, c).weight.values<float>());
  EXPECT_NE(first, Conv2d(2, 3, 4, {}, a).weight.values<float>());  // the stream goes on
}

TEST(Init, FanInIsThePartOfTheWeightThatOneRowHolds) {
  EXPECT_EQ(init::fan_in(Tensor::empty({7, 5})), 5);
  EXPECT_EQ(init::fan_in(Tensor::empty({7, 5, 3, 2})), 30);
}

TEST(Init, NormalHasTheGivenMoments) {
  Rng rng(2);
  const Tensor tensor = Tensor::empty({20, 30, 5, 7}, DType::f64);
  init::normal_(tensor, 3.0, 0.5, rng);
  const std::vector<double> values = tensor.values<double>();
  const double n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double variance = 0;
  for (double x : values) variance += (x - mean) * (x - mean) / n;
  EXPECT_NEAR(mean, 3.0, 5 * 0.5 / std::sqrt(n));
  EXPECT_NEAR(variance, 0.25, 5 * 0.25 * std::sqrt(2 / n));
}

TEST(Init, FillsInLogicalOrder) {
  Rng rng(2), same(2);
  const Tensor image = Tensor::empty({2, 3, 4, 5});
  init::uniform_(image, -2.0, 3.0, rng);
  std::vector<float> numbers(120);
  same.uniform(std::span(numbers), -2.0, 3.0);
  EXPECT_EQ(image.values<float>(), numbers);
}

TEST(Init, ConstantFillsParametersInPlace) {
  Rng rng(2);
  const Linear layer(3, 2, rng);
  const std::uint64_t version = layer.weight.storage()->version;
  init::constant_(layer.weight, 0.25);
  EXPECT_EQ(layer.weight.values<float>(), std::vector<float>(6, 0.25f));
  EXPECT_GT(layer.weight.storage()->version, version);
  EXPECT_TRUE(layer.weight.requires_grad());
}

TEST(Init, NeedsAComputingDType) {
  Rng rng(2);
  EXPECT_THROW(init::normal_(Tensor::empty({2}, DType::i64), 0, 1, rng), Error);
  EXPECT_THROW(init::constant_(Tensor::empty({2}, DType::bf16), 1), Error);
}

}  // namespace
}  // namespace wisp::nn
