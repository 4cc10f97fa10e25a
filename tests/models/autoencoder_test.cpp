// The autoencoder: shapes, names, size, gradients, and the options it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <models/autoencoder.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/autograd/gradcheck.h>
#include <wisp/nn/print.h>
#include <wisp/ops/loss.h>

namespace wisp::models {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Ne;
using ::testing::ThrowsMessage;

TEST(Autoencoder, LayersGoFrom28To7AndBack) {
  Rng rng(1);
  const NoGrad guard;
  const nn::Sequential model = autoencoder({}, rng);
  Tensor x = Tensor::rand({2, 1, 28, 28}, rng);
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < model.size(); ++i) {
    x = model[i](x);
    steps.push_back(nn::one_line(model[i]) + " " + x.shape().to_string());
  }
  EXPECT_THAT(
      steps,
      ElementsAre(
          "Conv2d(1, 16, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1)) 2x16x14x14",
          "BatchNorm2d(16, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True) 2x16x14x14",
          "ReLU() 2x16x14x14", "Conv2d(16, 32, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1)) 2x32x7x7",
          "BatchNorm2d(32, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True) 2x32x7x7",
          "ReLU() 2x32x7x7",
          "ConvTranspose2d(32, 16, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 1)) "
          "2x16x14x14",
          "BatchNorm2d(16, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True) 2x16x14x14",
          "ReLU() 2x16x14x14",
          "ConvTranspose2d(16, 1, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 1)) 2x1x28x28",
          "Sigmoid() 2x1x28x28"));
  for (const float value : x.values<float>()) ASSERT_TRUE(0 <= value && value <= 1);
}

TEST(Autoencoder, ParametersHavePyTorchsNamesAndShapes) {
  Rng rng(1);
  const nn::Sequential model = autoencoder({}, rng);
  std::vector<std::string> parameters;
  std::int64_t count = 0;
  for (const auto& [name, parameter] : model.named_parameters()) {
    parameters.push_back(name + " " + parameter.shape().to_string());
    count += parameter.numel();
  }
  EXPECT_THAT(parameters,
              ElementsAre("0.weight 16x1x3x3", "0.bias 16", "1.weight 16", "1.bias 16", "3.weight 32x16x3x3",
                          "3.bias 32", "4.weight 32", "4.bias 32", "6.weight 32x16x3x3", "6.bias 16", "7.weight 16",
                          "7.bias 16", "9.weight 16x1x3x3", "9.bias 1"));
  EXPECT_EQ(count, 160 + 32 + 4640 + 64 + 4624 + 32 + 145);
}

TEST(Autoencoder, TakesColourAndOtherSizes) {
  Rng rng(1);
  nn::Sequential model = autoencoder({.channels = 3, .width = 2}, rng);
  EXPECT_EQ(model(Tensor::rand({2, 3, 8, 12}, rng)).shape(), (Shape{2, 3, 8, 12}));
}

TEST(Autoencoder, TheGradientOfThePictureIsRight) {
  Rng rng(3);
  nn::Sequential model = autoencoder({.width = 2}, rng);
  model.to(DType::f64);
  const Tensor picture = Tensor::rand({2, 1, 8, 8}, rng, DType::f64).set_requires_grad(true);
  const auto restore = [&](const Tensors& inputs) { return Tensors{model(inputs[0])}; };
  EXPECT_TRUE(gradcheck(restore, {picture}, {.atol = 1e-7, .rtol = 1e-5}));
}

TEST(Autoencoder, TheErrorReachesEveryWeight) {
  Rng rng(3);
  nn::Sequential model = autoencoder({.width = 2}, rng);
  const Tensor pictures = Tensor::rand({8, 1, 16, 16}, rng);
  mse_loss(model(pictures), pictures).backward();
  for (const auto& [name, parameter] : model.named_parameters()) {
    ASSERT_TRUE(parameter.grad().defined()) << name;
    const std::vector<float> gradient = parameter.grad().values<float>();
    if (name.ends_with("weight")) {
      EXPECT_THAT(gradient, Each(Ne(0.f))) << name;
    }
  }
}

TEST(Autoencoder, OptionsOutOfRangeAreNamed) {
  const auto make = [](const AutoencoderOptions& options) {
    return [options] {
      Rng rng(1);
      autoencoder(options, rng);
    };
  };
  EXPECT_THAT(make({.channels = 2}), ThrowsMessage<Error>(HasSubstr("channels must be 1 or 3, given 2")));
  EXPECT_THAT(make({.width = 0}), ThrowsMessage<Error>(HasSubstr("width must be between 1 and 1024, given 0")));
  EXPECT_THAT(make({.width = 1025}), ThrowsMessage<Error>(HasSubstr("given 1025")));
}

}  // namespace
}  // namespace wisp::models
