// The DCGAN at work: initialisation, evaluation, and derivatives of the whole of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include <models/dcgan.h>
#include <wisp/autograd/backward.h>
#include <wisp/autograd/gradcheck.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/batch_norm.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/loss.h>

namespace wisp::models {
namespace {

constexpr DcganOptions tiny{.latent = 3, .base_channels = 2, .image_size = 28, .channels = 3};

TEST(DcganInit, ConvolutionsAreNormalAroundZeroAndBatchNormsAroundOne) {
  Rng rng(3);
  const DcganOptions options{.latent = 40, .base_channels = 24, .image_size = 32};
  DcganOptions spectral = options;
  spectral.norm = Norm::spectral;
  for (nn::Sequential network :
       {dcgan_generator(options, rng), dcgan_discriminator(options, rng), dcgan_discriminator(spectral, rng)}) {
    dcgan_init(network, rng);
    for (const auto& [name, parameter] : network.named_parameters()) {
      const std::vector<float> values = parameter.values<float>();
      const double n = static_cast<double>(values.size());
      double mean = 0, square = 0;
      for (float v : values) mean += v / n;
      for (float v : values) square += (v - mean) * (v - mean) / (n - 1);
      if (name.ends_with("bias")) {
        EXPECT_EQ(values, std::vector<float>(values.size(), 0.f)) << name;
        continue;
      }
      EXPECT_NEAR(mean, parameter.rank() == 4 ? 0.0 : 1.0, 5 * 0.02 / std::sqrt(n)) << name;
      EXPECT_NEAR(square, 4e-4, 5 * 4e-4 * std::sqrt(2 / (n - 1))) << name;
    }
  }
}

TEST(DcganInit, LeavesParametersTrainable) {
  Rng rng(3);
  nn::Sequential network = dcgan_generator(tiny, rng);
  dcgan_init(network, rng);
  for (const Tensor& parameter : network.parameters()) EXPECT_TRUE(parameter.requires_grad() && parameter.is_leaf());
}

TEST(Dcgan, SamplesInEvaluationDoNotDependOnTheRestOfTheBatch) {
  Rng rng(3);
  nn::Sequential generator = dcgan_generator(tiny, rng);
  generator.to(DType::f64);
  const Tensor z = Tensor::randn({4, 3, 1, 1}, rng, DType::f64);
  const NoGrad guard;
  generator(z);  // moves the running statistics
  const auto second_of = [&](const Tensor& batch) { return generator(batch).narrow(0, 1, 1).values<double>(); };
  const Tensor pair = z.narrow(0, 0, 2);
  const auto differ = [](const std::vector<double>& a, const std::vector<double>& b) {
    double most = 0;
    for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
    return most;
  };
  EXPECT_GT(differ(second_of(z), second_of(pair)), 1e-3);  // in training it does
  generator.eval();
  EXPECT_LT(differ(second_of(z), second_of(pair)), 1e-13);
  EXPECT_LT(differ(generator(z.narrow(0, 1, 1)).values<double>(), second_of(z)), 1e-13);
}

TEST(Dcgan, TheSameSeedGivesTheSameNetwork) {
  Rng a(5), b(5);
  const nn::Sequential first = dcgan_discriminator(tiny, a), second = dcgan_discriminator(tiny, b);
  for (std::size_t i = 0; i < first.parameters().size(); ++i)
    EXPECT_EQ(first.parameters()[i].values<float>(), second.parameters()[i].values<float>());
}

class DcganGradients : public ::testing::Test {
 protected:
  DcganGradients() {
    generator_.to(DType::f64);
    discriminator_.to(DType::f64);
  }

  // Makes the values the parameters of the layers below, in order.
  static void assign(const nn::Module& module, const Tensors& values, std::size_t& next) {
    for (const auto& [name, child] : module.named_children()) {
      if (auto* const convolution = dynamic_cast<nn::ConvTranspose2d*>(child.get()))
        convolution->weight = values[next++];
      if (auto* const norm = dynamic_cast<nn::BatchNorm2d*>(child.get())) {
        norm->weight = values[next++];
        norm->bias = values[next++];
      }
      assign(*child, values, next);
    }
  }

  // D(G(z)) against 1 as a function of the generator's parameters.
  TensorFunction generator_loss() {
    return [this](const Tensors& values) {
      std::size_t next = 0;
      assign(generator_, values, next);
      const Tensor logits = discriminator_(generator_(z_));
      return Tensors{bce_with_logits(logits, Tensor::ones(logits.shape(), DType::f64))};
    };
  }

  Rng rng_{11};
  nn::Sequential generator_ = dcgan_generator(tiny, rng_);
  nn::Sequential discriminator_ = dcgan_discriminator(tiny, rng_);
  Tensor z_ = Tensor::randn({3, 3, 1, 1}, rng_, DType::f64);
};

TEST_F(DcganGradients, OfTheGeneratorsLossAreRight) {
  EXPECT_TRUE(gradcheck(generator_loss(), generator_.parameters(), {.atol = 1e-7, .rtol = 1e-5, .fast_mode = true}));
}

TEST_F(DcganGradients, OfTheGeneratorsLossAreRightToSecondOrder) {
  EXPECT_TRUE(
      gradgradcheck(generator_loss(), generator_.parameters(), {.atol = 1e-7, .rtol = 1e-5, .fast_mode = true}));
}

TEST_F(DcganGradients, OfTheNetworkAreThoseOfItsLayersWrittenOut) {
  const Tensors parameters = generator_.parameters();
  const Tensor logits = discriminator_(generator_(z_));
  const Tensors of_network = grad({bce_with_logits(logits, Tensor::ones(logits.shape(), DType::f64))}, parameters);
  const Tensors written_out = grad(generator_loss()(parameters), parameters);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::vector<double> a = of_network[i].values<double>(), b = written_out[i].values<double>();
    for (std::size_t j = 0; j < a.size(); ++j) ASSERT_NEAR(a[j], b[j], 1e-13) << i << " " << j;
  }
}

TEST_F(DcganGradients, TheGeneratorsLossReachesTheGeneratorAlone) {
  const Tensor logits = discriminator_(generator_(z_));
  bce_with_logits(logits, Tensor::ones(logits.shape(), DType::f64)).backward({.inputs = generator_.parameters()});
  for (const Tensor& parameter : generator_.parameters()) EXPECT_TRUE(parameter.grad().defined());
  for (const Tensor& parameter : discriminator_.parameters()) EXPECT_FALSE(parameter.grad().defined());
}

}  // namespace
}  // namespace wisp::models
