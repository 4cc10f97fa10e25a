// The DCGAN's networks: shapes, names, and the options they refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <models/dcgan.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/batch_norm.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/group_norm.h>

namespace wisp::models {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// Image size, channels, and whether there are residual blocks.
class Sizes : public ::testing::TestWithParam<std::tuple<std::int64_t, std::int64_t, bool>> {
 protected:
  DcganOptions options() const {
    const auto [size, channels, blocks] = GetParam();
    return {.latent = 5,
            .base_channels = 2,
            .image_size = size,
            .channels = channels,
            .generator_blocks = blocks ? 2 : 0,
            .discriminator_blocks = blocks ? 1 : 0};
  }
};

INSTANTIATE_TEST_SUITE_P(Dcgan, Sizes,
                         ::testing::Combine(::testing::Values(28, 32, 64, 128), ::testing::Values(1, 3),
                                            ::testing::Bool()));

TEST_P(Sizes, NoiseBecomesAnImageAndAnImageALogit) {
  Rng rng(1);
  const NoGrad guard;
  const auto [size, channels, blocks] = GetParam();
  nn::Sequential generator = dcgan_generator(options(), rng), discriminator = dcgan_discriminator(options(), rng);
  const Tensor image = generator(Tensor::randn({2, 5, 1, 1}, rng));
  EXPECT_EQ(image.shape(), (Shape{2, channels, size, size}));
  for (float value : image.values<float>()) ASSERT_TRUE(-1 <= value && value <= 1);
  EXPECT_EQ(discriminator(image).shape(), (Shape{2, 1, 1, 1}));
}

std::vector<std::string> names_and_shapes(const nn::Sequential& network) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : network.named_parameters())
    result.push_back(name + " " + tensor.shape().to_string());
  return result;
}

// The networks of PyTorch's C++ example, and those in the paper.
TEST(Dcgan, TheGeneratorFor28PixelsIsThePyTorchExample) {
  Rng rng(1);
  EXPECT_THAT(names_and_shapes(dcgan_generator({}, rng)),
              ElementsAre("0.weight 100x256x4x4", "1.weight 256", "1.bias 256", "3.weight 256x128x3x3", "4.weight 128",
                          "4.bias 128", "6.weight 128x64x4x4", "7.weight 64", "7.bias 64", "9.weight 64x1x4x4"));
}

TEST(Dcgan, TheDiscriminatorFor28PixelsIsThePyTorchExample) {
  Rng rng(1);
  EXPECT_THAT(names_and_shapes(dcgan_discriminator({}, rng)),
              ElementsAre("0.weight 64x1x4x4", "2.weight 128x64x4x4", "3.weight 128", "3.bias 128",
                          "5.weight 256x128x4x4", "6.weight 256", "6.bias 256", "8.weight 1x256x3x3"));
}

TEST(Dcgan, TheNetworksFor64PixelsAreThePapers) {
  Rng rng(1);
  const DcganOptions options{.base_channels = 8, .image_size = 64, .channels = 3};
  EXPECT_THAT(names_and_shapes(dcgan_generator(options, rng)),
              ElementsAre("0.weight 100x64x4x4", "1.weight 64", "1.bias 64", "3.weight 64x32x4x4", "4.weight 32",
                          "4.bias 32", "6.weight 32x16x4x4", "7.weight 16", "7.bias 16", "9.weight 16x8x4x4",
                          "10.weight 8", "10.bias 8", "12.weight 8x3x4x4"));
  EXPECT_THAT(
      names_and_shapes(dcgan_discriminator(options, rng)),
      ElementsAre("0.weight 8x3x4x4", "2.weight 16x8x4x4", "3.weight 16", "3.bias 16", "5.weight 32x16x4x4",
                  "6.weight 32", "6.bias 32", "8.weight 64x32x4x4", "9.weight 64", "9.bias 64", "11.weight 1x64x4x4"));
}

TEST(Dcgan, WithoutNormTheDiscriminatorsIndicesCloseUp) {
  Rng rng(1);
  EXPECT_THAT(names_and_shapes(dcgan_discriminator({.norm = Norm::none}, rng)),
              ElementsAre("0.weight 64x1x4x4", "2.weight 128x64x4x4", "4.weight 256x128x4x4", "6.weight 1x256x3x3"));
}

TEST(Dcgan, ResidualBlocksAreBehindAllConvolutionsButTheFirstAndTheLast) {
  Rng rng(1);
  const DcganOptions options{.latent = 3, .base_channels = 2, .generator_blocks = 2, .discriminator_blocks = 1};
  EXPECT_THAT(
      names_and_shapes(dcgan_generator(options, rng)),
      ElementsAre("0.weight 3x8x4x4", "1.weight 8", "1.bias 8", "3.weight 8x4x3x3", "4.weight 4", "4.bias 4",
                  "6.0.weight 4x4x3x3", "6.1.weight 4", "6.1.bias 4", "7.0.weight 4x4x3x3", "7.1.weight 4",
                  "7.1.bias 4", "8.weight 4x2x4x4", "9.weight 2", "9.bias 2", "11.0.weight 2x2x3x3", "11.1.weight 2",
                  "11.1.bias 2", "12.0.weight 2x2x3x3", "12.1.weight 2", "12.1.bias 2", "13.weight 2x1x4x4"));
  EXPECT_THAT(names_and_shapes(dcgan_discriminator(options, rng)),
              ElementsAre("0.weight 2x1x4x4", "2.weight 4x2x4x4", "3.weight 4", "3.bias 4", "5.0.weight 4x4x3x3",
                          "5.1.weight 4", "5.1.bias 4", "6.weight 8x4x4x4", "7.weight 8", "7.bias 8",
                          "9.0.weight 8x8x3x3", "9.1.weight 8", "9.1.bias 8", "10.weight 1x8x3x3"));
}

// The first block of each network, with the layers around it, from the definition.
TEST(Dcgan, AResidualBlockAddsItsInput) {
  Rng rng(1);
  const NoGrad guard;
  const DcganOptions options{
      .latent = 3, .base_channels = 2, .norm = Norm::none, .generator_blocks = 1, .discriminator_blocks = 1};
  const nn::Sequential generator = dcgan_generator(options, rng), discriminator = dcgan_discriminator(options, rng);
  const Tensor x = Tensor::randn({2, 4, 7, 7}, rng);
  const nn::StateDict g = generator.state_dict(), d = discriminator.state_dict();
  const Tensor normed = batch_norm(conv_transpose2d(x, g.at("6.0.weight"), {}, {.padding = 1}), {}, {},
                                   g.at("6.1.weight"), g.at("6.1.bias"), true);
  EXPECT_THAT((generator[6](x) - x - relu(normed)).values<float>(), Each(FloatNear(0, 1e-5f)));
  const Tensor activated = leaky_relu(conv2d(x, d.at("4.0.weight"), {}, {.padding = 1}), 0.2);
  EXPECT_THAT((discriminator[4](x) - x - activated).values<float>(), Each(FloatNear(0, 1e-5f)));
}

TEST(Dcgan, GroupNormTakesBatchNormsPlaceWithoutBuffers) {
  Rng rng(1);
  const nn::Sequential group = dcgan_discriminator({.norm = Norm::group}, rng);
  EXPECT_EQ(names_and_shapes(group), names_and_shapes(dcgan_discriminator({}, rng)));
  EXPECT_TRUE(group.named_buffers().empty());
}

TEST(Dcgan, GroupsAreOf16Channels) {
  Rng rng(1);
  const auto expect_groups = [&](std::int64_t base, std::int64_t groups) {
    const nn::Sequential network = dcgan_discriminator({.base_channels = base, .norm = Norm::group}, rng);
    const Tensor x = Tensor::randn({2, 2 * base, 3, 5}, rng);
    EXPECT_EQ(network[3].forward(x).values<float>(), group_norm(x, groups).values<float>()) << base;
  };
  expect_groups(16, 2);
  expect_groups(8, 1);
  expect_groups(10, 5);  // 20 channels: 4 at a time
  expect_groups(3, 3);   // 6 channels: 2 at a time
}

TEST(Dcgan, SpectralNormIsOfEveryConvolution) {
  Rng rng(1);
  nn::Sequential network = dcgan_discriminator({.norm = Norm::spectral}, rng);
  EXPECT_THAT(
      names_and_shapes(network),
      ElementsAre("0.parametrizations.weight.original 64x1x4x4", "2.parametrizations.weight.original 128x64x4x4",
                  "4.parametrizations.weight.original 256x128x4x4", "6.parametrizations.weight.original 1x256x3x3"));
  EXPECT_EQ(network.named_buffers().size(), 8u);
  // Normalised weights do not grow with the ones that are trained.
  const auto logits = [&] {
    Rng same(2);
    const NoGrad guard;
    return network(Tensor::randn({2, 1, 28, 28}, same)).values<float>();
  };
  network.eval();
  const std::vector<float> before = logits();
  for (const Tensor& weight : network.parameters()) weight.detach().copy_(weight.detach() * 4.0);
  EXPECT_EQ(logits(), before);
}

TEST(Dcgan, TheGeneratorKeepsItsBatchNorm) {
  Rng rng(1);
  for (const Norm norm : {Norm::none, Norm::spectral})
    EXPECT_EQ(names_and_shapes(dcgan_generator({.norm = norm}, rng)), names_and_shapes(dcgan_generator({}, rng)));
}

TEST(Dcgan, NormsHaveNames) {
  for (const Norm norm : {Norm::batch, Norm::none, Norm::group, Norm::spectral})
    EXPECT_EQ(norm_of(name_of(norm)), norm);
  EXPECT_THAT([] { norm_of("layer"); },
              ThrowsMessage<Error>("layer is not a normalisation; valid are batch, none, group and spectral"));
}

TEST(DcganOptionErrors, NameTheOptionAndWhatIsValid) {
  const auto layers = [](const DcganOptions& options) { return [options] { check_dcgan(options); }; };
  EXPECT_THAT(layers({.latent = 0}), ThrowsMessage<Error>(HasSubstr("latent")));
  EXPECT_THAT(layers({.latent = 65537}), ThrowsMessage<Error>(HasSubstr("65537")));
  EXPECT_THAT(layers({.base_channels = -1}), ThrowsMessage<Error>(HasSubstr("base_channels")));
  EXPECT_THAT(layers({.base_channels = std::int64_t{1} << 60}), ThrowsMessage<Error>(HasSubstr("base_channels")));
  EXPECT_THAT(layers({.image_size = 48}), ThrowsMessage<Error>(HasSubstr("28, 32, 64 or 128")));
  EXPECT_THAT(layers({.channels = 2}), ThrowsMessage<Error>(HasSubstr("channels must be 1 or 3")));
  EXPECT_THAT(layers({.generator_blocks = -1}), ThrowsMessage<Error>(HasSubstr("generator_blocks must be between 0")));
  EXPECT_THAT(layers({.discriminator_blocks = 101}), ThrowsMessage<Error>(HasSubstr("discriminator_blocks")));
}

TEST(DcganOptionErrors, HoldForBothNetworks) {
  Rng rng(1);
  for (const DcganOptions& options :
       {DcganOptions{.latent = 0}, DcganOptions{.base_channels = 0}, DcganOptions{.image_size = 0},
        DcganOptions{.channels = 4}, DcganOptions{.base_channels = 65536, .image_size = 128}}) {
    EXPECT_THROW(dcgan_generator(options, rng), Error);
    EXPECT_THROW(dcgan_discriminator(options, rng), Error);
  }
}

TEST(DcganOptionErrors, ANetworkOfMoreThan500MillionWeightsIsRefusedBeforeItIsBuilt) {
  // Discriminator for 28 pixels, base b: 16 b + 16 2b b + 16 4b 2b + 9 4b = 160 b^2 + 52 b, over 5e8 from 1768 on.
  EXPECT_NO_THROW(check_dcgan({.latent = 1, .base_channels = 1767}));
  EXPECT_THAT([] { check_dcgan({.latent = 1, .base_channels = 1768}); },
              ThrowsMessage<Error>(HasSubstr("500 million")));
}

}  // namespace
}  // namespace wisp::models
