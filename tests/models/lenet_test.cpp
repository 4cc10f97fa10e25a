// LeNet-5: its layers, its parameters, and what it computes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <models/lenet.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/matmul.h>
#include <wisp/ops/pooling.h>

namespace wisp::models {
namespace {

using ::testing::ElementsAre;

TEST(Lenet, ParametersHavePyTorchsNamesAndThePapersSizes) {
  Rng rng(1);
  std::vector<std::string> parameters;
  for (const auto& [name, parameter] : lenet(rng).named_parameters())
    parameters.push_back(name + " " + parameter.shape().to_string());
  EXPECT_THAT(parameters,
              ElementsAre("0.weight 6x1x5x5", "0.bias 6", "3.weight 16x6x5x5", "3.bias 16", "7.weight 120x400",
                          "7.bias 120", "9.weight 84x120", "9.bias 84", "11.weight 10x84", "11.bias 10"));
}

// The formulas of the paper's figure 2, with its 2 pixels around the image.
TEST(Lenet, IsItsLayersOneAfterAnother) {
  Rng rng(2);
  nn::Sequential network = lenet(rng);
  network.to(DType::f64);
  const nn::StateDict w = network.state_dict();
  const auto affine = [&](const Tensor& x, const std::string& layer) {
    return linear(x, w.at(layer + ".weight"), w.at(layer + ".bias"));
  };
  const Tensor x = Tensor::randn({3, 1, 28, 28}, rng, DType::f64);
  Tensor y = max_pool2d(relu(conv2d(x, w.at("0.weight"), w.at("0.bias"), {.padding = 2})), 2);
  y = max_pool2d(relu(conv2d(y, w.at("3.weight"), w.at("3.bias"))), 2);
  y = relu(affine(y.reshape({3, 16 * 5 * 5}), "7"));
  y = affine(relu(affine(y, "9")), "11");
  EXPECT_EQ(y.shape(), (Shape{3, 10}));
  EXPECT_EQ(network(x).values<double>(), y.values<double>());
}

TEST(Lenet, TheErrorReachesEveryWeight) {
  Rng rng(3);
  nn::Sequential network = lenet(rng);
  const Tensor labels = Tensor::from({4}, std::vector<std::int64_t>{7, 0, 3, 9});
  cross_entropy(network(Tensor::randn({4, 1, 28, 28}, rng)), labels).backward();
  for (const auto& [name, parameter] : network.named_parameters()) {
    ASSERT_TRUE(parameter.grad().defined()) << name;
    double square = 0;
    for (const float g : parameter.grad().values<float>()) square += g * g;
    EXPECT_GT(square, 0) << name;
  }
}

TEST(Lenet, RefusesOtherImages) {
  Rng rng(4);
  nn::Sequential network = lenet(rng);
  EXPECT_THROW(network(Tensor::ones({2, 1, 32, 32})), Error);
  EXPECT_THROW(network(Tensor::ones({2, 3, 28, 28})), Error);
}

}  // namespace
}  // namespace wisp::models
