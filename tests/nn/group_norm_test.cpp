// GroupNorm: statistics of each image's groups of channels, by the definition.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include <tests/message_of.h>
#include <wisp/core/rng.h>
#include <wisp/nn/group_norm.h>
#include <wisp/ops/group_norm.h>

namespace wisp::nn {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::message_of;

Tensor random(const Shape& shape) {
  Rng rng(1);
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  rng.normal(std::span(values), 2.0, 3.0);
  return Tensor::from(shape, values);
}

// The definition as loops: a group's numbers lie one after another in logical order.
std::vector<double> normalized(const Tensor& x, std::int64_t groups, double eps, const std::vector<double>& weight,
                               const std::vector<double>& bias) {
  std::vector<double> y = x.values<double>();
  const auto size = static_cast<std::size_t>(x.numel() / x.dim(0) / groups);
  const auto channels = static_cast<std::size_t>(x.dim(1)),
             pixels = y.size() / static_cast<std::size_t>(x.dim(0)) / channels;
  for (std::size_t begin = 0; begin < y.size(); begin += size) {
    double mean = 0, variance = 0;
    for (std::size_t i = begin; i < begin + size; ++i) mean += y[i] / static_cast<double>(size);
    for (std::size_t i = begin; i < begin + size; ++i)
      variance += (y[i] - mean) * (y[i] - mean) / static_cast<double>(size);
    for (std::size_t i = begin; i < begin + size; ++i) {
      const std::size_t c = i / pixels % channels;
      y[i] = (y[i] - mean) / std::sqrt(variance + eps) * weight[c] + bias[c];
    }
  }
  return y;
}

const std::vector<double> weight{0.5, -2.0, 3.0, 1.0, 0.0, -1.0}, bias{1.0, 0.0, -4.0, 0.5, 2.0, 0.0};

TEST(GroupNorm, NormalizesEachImagesGroupsByTheDefinition) {
  for (const Shape& shape : {Shape{2, 6, 4, 5}, Shape{3, 6, 4}, Shape{4, 6}})
    for (const std::int64_t groups : {1, 2, 3, 6}) {
      GroupNorm norm(groups, 6, {.eps = 1e-3});
      norm.to(DType::f64);
      norm.weight.copy_(Tensor::from({6}, weight));
      norm.bias.copy_(Tensor::from({6}, bias));
      for (const bool training : {true, false}) {
        norm.train(training);
        const Tensor x = random(shape), y = norm(x);
        ASSERT_EQ(y.shape(), shape);
        const std::vector<double> got = y.values<double>(), expected = normalized(x, groups, 1e-3, weight, bias);
        for (std::size_t i = 0; i < got.size(); ++i)
          ASSERT_NEAR(got[i], expected[i], 1e-12) << shape.to_string() << " " << groups;
      }
    }
}

TEST(GroupNorm, StartsAsPyTorchs) {
  const GroupNorm norm(3, 6);
  EXPECT_EQ(norm.weight.values<float>(), std::vector<float>(6, 1.f));
  EXPECT_EQ(norm.bias.values<float>(), std::vector<float>(6, 0.f));
  std::vector<std::string> names;
  for (const auto& [name, tensor] : norm.state_dict()) names.push_back(name);
  EXPECT_THAT(names, ::testing::ElementsAre("bias", "weight"));
  // eps is 1e-5: 0 and 2e-3 have the variance 1e-6.
  const Tensor y = GroupNorm(1, 2)(Tensor::from({1, 2}, {0.f, 2e-3f}));
  EXPECT_NEAR(y.values<float>()[1], 1e-3 / std::sqrt(1e-6 + 1e-5), 1e-6);
}

TEST(GroupNorm, WithoutAffineHasNoParameters) {
  GroupNorm norm(2, 6, {.affine = false});
  EXPECT_TRUE(norm.parameters().empty());
  const Tensor x = random({2, 6, 3, 4});
  const std::vector<double> got = norm(x).values<double>(),
                            expected = normalized(x, 2, 1e-5, std::vector(6, 1.0), std::vector(6, 0.0));
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], expected[i], 1e-12);
}

TEST(GroupNorm, TakesBf16WithF32Parameters) {
  const Tensor x = random({2, 6, 3, 4}).to(DType::bf16);
  const Tensor y = GroupNorm(3, 6)(x);
  ASSERT_EQ(y.dtype(), DType::bf16);
  const std::vector<float> got = y.to(DType::f32).values<float>();
  const std::vector<double> expected = normalized(x.to(DType::f64), 3, 1e-5, std::vector(6, 1.0), std::vector(6, 0.0));
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], expected[i], std::abs(expected[i]) / 250 + 1e-5);
}

TEST(GroupNorm, AnEmptyBatchStaysEmpty) {
  EXPECT_EQ(GroupNorm(2, 4)(Tensor::zeros({0, 4, 3, 2})).shape(), (Shape{0, 4, 3, 2}));
}

TEST(GroupNorm, MistakesAreNamed) {
  EXPECT_THAT(message_of([] { GroupNorm(4, 6); }), AllOf(HasSubstr("num_groups"), HasSubstr("4 and 6")));
  EXPECT_THAT(message_of([] { GroupNorm(0, 6); }), HasSubstr("num_groups"));
  EXPECT_THAT(message_of([] { GroupNorm(1, 0); }), HasSubstr("num_channels"));
  EXPECT_THAT(message_of([] { GroupNorm(2, 6)(Tensor::ones({2, 4, 3, 3})); }), HasSubstr("2x4x3x3"));
  EXPECT_THAT(message_of([] { GroupNorm(1, 6)(Tensor::ones({6})); }), HasSubstr("GroupNorm"));
  const Tensor x = Tensor::ones({2, 6, 3, 4});
  EXPECT_THAT(message_of([&] { group_norm(x, 4); }), AllOf(HasSubstr("group_norm"), HasSubstr("6 channels, given 4")));
  EXPECT_THAT(message_of([&] { group_norm(x, 2, Tensor::ones({3})); }), HasSubstr("weight must be f32 6"));
  EXPECT_THAT(message_of([&] { group_norm(x, 2, {}, Tensor::ones({6}, DType::f64)); }), HasSubstr("bias"));
  EXPECT_THAT(message_of([] { group_norm(Tensor::ones({6}), 2); }), HasSubstr("N x C x ..."));
}

}  // namespace
}  // namespace wisp::nn
