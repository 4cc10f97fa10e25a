// The judge: its layers, its names, and what it computes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <models/judge.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/math.h>
#include <wisp/ops/matmul.h>

namespace wisp::models {
namespace {

using ::testing::ElementsAre;

TEST(Judge, ParametersHaveTheSizesOfItsHeader) {
  Rng rng(1);
  std::vector<std::string> weights;
  for (const auto& [name, parameter] : Judge(10, rng).named_parameters())
    if (name.ends_with("weight") && parameter.rank() > 1) weights.push_back(name + " " + parameter.shape().to_string());
  EXPECT_THAT(weights,
              ElementsAre("features.0.weight 32x1x5x5", "features.3.weight 48x32x4x4", "features.6.weight 64x48x4x4",
                          "features.9.weight 64x64x3x3", "features.13.weight 128x1024", "classifier.0.weight 10x128"));
}

// In evaluation mode, layer by layer, with statistics that are not those of a new network.
TEST(Judge, IsItsLayersOneAfterAnother) {
  Rng rng(2);
  Judge judge(7, rng);
  judge.to(DType::f64);
  StateDict w = judge.state_dict();
  for (auto& [name, tensor] : w) {
    if (name.ends_with("running_mean")) tensor = Tensor::randn(tensor.shape(), rng, DType::f64);
    if (name.ends_with("running_var")) tensor = Tensor::rand(tensor.shape(), rng, DType::f64) + 0.5;
  }
  judge.load_state_dict(w);
  judge.eval();
  const auto block = [&](const Tensor& x, int place, std::int64_t stride, std::int64_t padding) {
    const auto of = [&](int index, const char* name) { return w.at(fmt::format("features.{}.{}", index, name)); };
    const auto channel = [&](const char* name) { return of(place + 1, name).reshape({-1, 1, 1}); };
    const Tensor y = conv2d(x, of(place, "weight"), {}, {.stride = stride, .padding = padding});
    return relu((y - channel("running_mean")) / sqrt(channel("running_var") + 1e-5) * channel("weight") +
                channel("bias"));
  };
  const Tensor x = Tensor::randn({3, 1, 28, 28}, rng, DType::f64);
  const Tensor y = block(block(block(block(x, 0, 1, 2), 3, 2, 1), 6, 2, 1), 9, 2, 1);
  ASSERT_EQ(y.shape(), (Shape{3, 64, 4, 4}));
  const Tensor features = relu(linear(y.reshape({3, -1}), w.at("features.13.weight"), w.at("features.13.bias")));
  const Tensor logits = linear(features, w.at("classifier.0.weight"), w.at("classifier.0.bias"));
  const auto expect_near = [](const Tensor& a, const Tensor& b) {
    ASSERT_EQ(a.shape(), b.shape());
    const auto left = a.values<double>(), right = b.values<double>();
    for (std::size_t i = 0; i < left.size(); ++i) ASSERT_NEAR(left[i], right[i], 1e-10);
  };
  expect_near(judge.features(x), features);
  expect_near(judge(x), logits);
}

TEST(Judge, RefusesOtherImagesAndASingleClass) {
  Rng rng(4);
  Judge judge(10, rng);
  EXPECT_THROW(judge(Tensor::ones({2, 1, 40, 40})), Error);
  EXPECT_THROW(judge(Tensor::ones({2, 3, 28, 28})), Error);
  EXPECT_THROW(Judge(1, rng), Error);
}

}  // namespace
}  // namespace wisp::models
