// The losses of GAN training and their gradient penalties, against formulas and central differences.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include <models/gan_loss.h>
#include <tests/message_of.h>
#include <wisp/autograd/backward.h>
#include <wisp/autograd/gradcheck.h>
#include <wisp/core/rng.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/autocast.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/group_norm.h>
#include <wisp/ops/reduction.h>

namespace wisp::models {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::StartsWith;

constexpr GanLoss all[] = {GanLoss::bce,     GanLoss::hinge, GanLoss::least_squares,
                           GanLoss::wgan_gp, GanLoss::r1,    GanLoss::r3gan};

const std::vector<double> real{1.5, -0.25, 0.5}, fake{-2.0, 0.75, 0.25};

Tensor logits(const std::vector<double>& values) {
  return Tensor::from({static_cast<std::int64_t>(values.size()), 1, 1, 1}, values);
}

double mean_of(const std::vector<double>& values, const std::function<double(double)>& f) {
  double sum = 0;
  for (const double v : values) sum += f(v);
  return sum / static_cast<double>(values.size());
}

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

// The discriminator's loss on real and on generated images, and the generator's loss, of each loss that knows no pairs.
struct Formulas {
  GanLoss loss;
  std::function<double(double)> on_real, on_fake, generator;
};

const Formulas formulas[] = {
    {GanLoss::bce, [](double x) { return -std::log(sigmoid_of(x)); },
     [](double x) { return -std::log(1 - sigmoid_of(x)); }, [](double x) { return -std::log(sigmoid_of(x)); }},
    {GanLoss::r1, [](double x) { return -std::log(sigmoid_of(x)); },
     [](double x) { return -std::log(1 - sigmoid_of(x)); }, [](double x) { return -std::log(sigmoid_of(x)); }},
    {GanLoss::hinge, [](double x) { return std::max(0.0, 1 - x); }, [](double x) { return std::max(0.0, 1 + x); },
     [](double x) { return -x; }},
    {GanLoss::least_squares, [](double x) { return (x - 1) * (x - 1) / 2; }, [](double x) { return x * x / 2; },
     [](double x) { return (x - 1) * (x - 1) / 2; }},
    {GanLoss::wgan_gp, [](double x) { return -x; }, [](double x) { return x; }, [](double x) { return -x; }}};

TEST(GanLoss, IsThePapersFormula) {
  for (const Formulas& f : formulas) {
    SCOPED_TRACE(name_of(f.loss));
    const GanLossOptions options{f.loss};
    EXPECT_NEAR(discriminator_loss_on_real(options, logits(real)).item<double>(), mean_of(real, f.on_real), 1e-14);
    EXPECT_NEAR(discriminator_loss_on_fake(options, logits(fake)).item<double>(), mean_of(fake, f.on_fake), 1e-14);
    EXPECT_NEAR(generator_loss(options, logits(fake)).item<double>(), mean_of(fake, f.generator), 1e-14);
  }
}

TEST(GanLoss, R3ganComparesEachRealImageWithItsPartner) {
  double discriminator = 0, generator = 0;
  for (std::size_t i = 0; i < real.size(); ++i) {
    discriminator -= std::log(sigmoid_of(real[i] - fake[i])) / 3;
    generator -= std::log(sigmoid_of(fake[i] - real[i])) / 3;
  }
  EXPECT_NEAR(discriminator_loss_on_pairs(logits(real), logits(fake)).item<double>(), discriminator, 1e-14);
  EXPECT_NEAR(generator_loss({GanLoss::r3gan}, logits(fake), logits(real)).item<double>(), generator, 1e-14);
}

TEST(GanLoss, R3ganRefusesWhatAreNotPairs) {
  const std::string message = message_of([] { discriminator_loss_on_pairs(logits(real), logits({1.0})); });
  EXPECT_THAT(message, AllOf(HasSubstr("pairs"), HasSubstr("3x1x1x1"), HasSubstr("1x1x1x1")));
  EXPECT_THAT(message_of([] { generator_loss({GanLoss::r3gan}, logits(fake)); }), HasSubstr("pairs"));
  EXPECT_THAT(message_of([] { discriminator_loss_on_real({GanLoss::r3gan}, logits(real)); }), HasSubstr("pairs"));
  EXPECT_THAT(message_of([] { discriminator_loss_on_fake({GanLoss::r3gan}, logits(fake)); }), HasSubstr("pairs"));
}

TEST(GanLoss, SmoothingMovesTheTargetOfRealImagesAlone) {
  for (const GanLoss loss : {GanLoss::bce, GanLoss::r1, GanLoss::least_squares}) {
    SCOPED_TRACE(name_of(loss));
    const GanLossOptions plain{loss}, smooth{.loss = loss, .label_smoothing = 0.1};
    const auto expected = [&](double x) {
      if (loss == GanLoss::least_squares) return (x - 0.9) * (x - 0.9) / 2;
      return -0.9 * std::log(sigmoid_of(x)) - 0.1 * std::log(1 - sigmoid_of(x));
    };
    EXPECT_NEAR(discriminator_loss_on_real(smooth, logits(real)).item<double>(), mean_of(real, expected), 1e-14);
    for (const auto& f :
         {discriminator_loss_on_fake, +[](const GanLossOptions&o, const Tensor&x) { return generator_loss(o, x); }})
      EXPECT_EQ(f(smooth, logits(fake)).item<double>(), f(plain, logits(fake)).item<double>());
  }
}

TEST(GanLoss, OfBf16LogitsIsComputedInF32) {
  const Tensor narrow = logits(real).to(DType::bf16), wide = narrow.to(DType::f32);
  for (const Formulas& f : formulas) {
    const GanLossOptions options{f.loss};
    EXPECT_EQ(discriminator_loss_on_real(options, narrow).item<float>(),
              discriminator_loss_on_real(options, wide).item<float>());
    EXPECT_EQ(generator_loss(options, narrow).item<float>(), generator_loss(options, wide).item<float>());
  }
  EXPECT_EQ(discriminator_loss_on_pairs(narrow, narrow).dtype(), DType::f32);
}

// ---- penalties

// D(x) = <a, x> + b |x|^2 / 2 on images 1 x 2 x 3: the gradient is a + b x.
struct Quadratic {
  std::vector<double> a{0.5, -1.0, 0.25, 2.0, 0.0, -0.75};
  double b = 0.3;
  Tensor operator()(const Tensor& x) const {
    return sum(x * Tensor::from({1, 2, 3}, a) + x * x * (b / 2), {1, 2, 3}, true);
  }
  std::vector<double> squared_norms(const Tensor& x) const {
    std::vector<double> result(static_cast<std::size_t>(x.dim(0)), 0.0);
    const std::vector<double> values = x.values<double>();
    for (std::size_t i = 0; i < values.size(); ++i) result[i / 6] += std::pow(a[i % 6] + b * values[i], 2);
    return result;
  }
};

Tensor images(std::uint64_t seed) {
  Rng rng(seed);
  return Tensor::randn({4, 1, 2, 3}, rng, DType::f64).set_requires_grad(true);
}

double penalty_of(const GanLossOptions& options, const Tensor& x) {
  return gradient_penalty(options, Quadratic()(x), x).item<double>();
}

TEST(GradientPenalty, IsThePapersFormulaPerImage) {
  const Tensor x = images(1);
  const std::vector<double> squared = Quadratic().squared_norms(x);
  const double r1 = mean_of(squared, [](double n) { return n / 2; });
  const double wgan = mean_of(squared, [](double n) { return std::pow(std::sqrt(n) - 1, 2); });
  EXPECT_NEAR(penalty_of({GanLoss::r1}, x), 10 * r1, 1e-13);
  EXPECT_NEAR(penalty_of({GanLoss::r3gan}, x), 10 * r1, 1e-13);
  EXPECT_NEAR(penalty_of({.loss = GanLoss::r3gan, .penalty = 1}, x), r1, 1e-13);
  EXPECT_NEAR(penalty_of({GanLoss::wgan_gp}, x), 10 * wgan, 1e-13);
  EXPECT_NEAR(penalty_of({.loss = GanLoss::r1, .penalty = 0.5}, x), 0.5 * r1, 1e-13);
  EXPECT_NEAR(penalty_of({.loss = GanLoss::wgan_gp, .penalty = 3}, x), 3 * wgan, 1e-13);
}

TEST(GradientPenalty, OfALossWithoutOneIsAnError) {
  const Tensor x = images(1);
  EXPECT_THAT(message_of([&] { penalty_of({GanLoss::hinge}, x); }), HasSubstr("hinge"));
}

// A discriminator of images 2 x 5 x 4 with parameters w1, weight, bias, w2: group_norm where `norm`.
Tensor discriminate(const Tensors& p, const Tensor& x, bool norm) {
  Tensor h = conv2d(x, p[0], {}, {.stride = 2, .padding = 1});
  if (norm) h = group_norm(h, 2, p[1], p[2]);
  return conv2d(leaky_relu(h, 0.2), p[3], {}, {.stride = {1, 2}});
}

Tensors parameters(DType dtype) {
  Rng rng(7);
  const auto random = [&](const Shape& shape) {
    return Tensor::randn(shape, rng, DType::f64).to(dtype).set_requires_grad(true);
  };
  return {random({4, 2, 3, 2}), random({4}), random({4}), random({1, 4, 3, 3})};
}

Tensor batch(DType dtype, std::uint64_t seed) {
  Rng rng(seed);
  return Tensor::randn({3, 2, 5, 4}, rng, DType::f64).to(dtype).set_requires_grad(true);
}

TEST(GradientPenalty, HasTheRightDerivativeForTheParameters) {
  for (const GanLoss loss : {GanLoss::wgan_gp, GanLoss::r1, GanLoss::r3gan})
    for (const bool norm : {false, true}) {
      SCOPED_TRACE(name_of(loss));
      const Tensor x = batch(DType::f64, 2);
      const auto penalty = [&](const Tensors& p) {
        const GradMode mode(true);
        return Tensors{gradient_penalty({loss}, discriminate(p, x, norm), x)};
      };
      EXPECT_TRUE(gradcheck(penalty, parameters(DType::f64), {.atol = 1e-6, .rtol = 1e-5}));
    }
}

TEST(GradientPenalty, OfAConstantDiscriminatorHasAFiniteDerivative) {
  const Tensor x = batch(DType::f32, 2), w = Tensor::zeros({1, 2, 5, 4}).set_requires_grad(true);
  const Tensor penalty = gradient_penalty({GanLoss::wgan_gp}, conv2d(x, w), x);
  EXPECT_NEAR(penalty.item<float>(), 10, 1e-6);  // the norm is 0 instead of 1
  penalty.backward({.inputs = {w}});
  for (const float v : w.grad().values<float>()) EXPECT_EQ(v, 0);
}

// With D(x) = s <a, x>, |a| = 1, the gradient is s a: the penalty is w (s - 1)^2, its derivative in s 2 w (s - 1),
// though no square of s fits into f32.
TEST(GradientPenalty, WganGpOfGradientsWhoseSquaresDoNotFitIntoF32) {
  for (const double s : {1e20, 1e18, 1e-25, 1e-40}) {
    SCOPED_TRACE(s);
    const Tensor a = Tensor::from({1, 1, 1, 2}, {0.6f, 0.8f}), x = Tensor::ones({1, 1, 1, 2}).set_requires_grad(true);
    const Tensor scale = Tensor::full({1, 1, 1, 1}, s).set_requires_grad(true);
    const Tensor penalty = gradient_penalty({GanLoss::wgan_gp}, sum(x * a * scale, {1, 2, 3}, true), x);
    EXPECT_FLOAT_EQ(penalty.item<float>(), static_cast<float>(10 * (s - 1) * (s - 1)));  // infinite for 1e20
    penalty.backward({.inputs = {scale}});
    EXPECT_NEAR(scale.grad().item<float>() / (20 * (s - 1)), 1, 1e-4);  // 1e-40 has five digits
  }
}

TEST(GradientPenalty, R1HasTheRightDerivativeWhereSquaresOverflow) {
  const Tensor a = Tensor::from({1, 1, 1, 2}, {0.6f, 0.8f}), x = Tensor::ones({1, 1, 1, 2}).set_requires_grad(true);
  const Tensor scale = Tensor::full({1, 1, 1, 1}, 1e20).set_requires_grad(true);
  gradient_penalty({GanLoss::r1}, sum(x * a * scale, {1, 2, 3}, true), x).backward({.inputs = {scale}});
  EXPECT_FLOAT_EQ(scale.grad().item<float>(), 1e21f);  // w s
}

TEST(GanLoss, ErrorsAreInTheNameOfWhatWasCalled) {
  const Tensor one = Tensor::ones({2, 1, 1, 1}), integers = Tensor::zeros({2, 1, 1, 1}, DType::i64);
  const Tensor images = Tensor::ones({2, 1, 2, 3});
  for (const Tensor& bad : {Tensor(), integers}) {
    for (const GanLoss loss : all) {
      const GanLossOptions options{loss};
      EXPECT_THAT(message_of([&] { discriminator_loss_on_real(options, bad); }),
                  StartsWith("discriminator_loss_on_real:"));
      EXPECT_THAT(message_of([&] { discriminator_loss_on_fake(options, bad); }),
                  StartsWith("discriminator_loss_on_fake:"));
      EXPECT_THAT(message_of([&] { generator_loss(options, bad, bad); }), StartsWith("generator_loss:"));
    }
    EXPECT_THAT(message_of([&] { discriminator_loss_on_pairs(one, bad); }), StartsWith("discriminator_loss_on_pairs:"));
    EXPECT_THAT(message_of([&] { discriminator_loss_on_pairs(bad, one); }), StartsWith("discriminator_loss_on_pairs:"));
    EXPECT_THAT(message_of([&] { interpolate(bad, images, one); }), StartsWith("interpolate:"));
    EXPECT_THAT(message_of([&] { interpolate(images, images, bad); }), StartsWith("interpolate:"));
    EXPECT_THAT(message_of([&] { gradient_penalty({GanLoss::r1}, bad, images); }), StartsWith("gradient_penalty:"));
    EXPECT_THAT(message_of([&] { gradient_penalty({GanLoss::r1}, one, bad); }), StartsWith("gradient_penalty:"));
  }
  EXPECT_THAT(message_of([&] { interpolate(images, images, Tensor::ones({3, 1, 1, 1})); }), StartsWith("interpolate:"));
  EXPECT_THAT(message_of([&] { interpolate(images, images.narrow(3, 0, 2), one); }), StartsWith("interpolate:"));
  EXPECT_THAT(message_of([&] { discriminator_loss_on_pairs(one, one.to(DType::f64)); }),
              StartsWith("discriminator_loss_on_pairs:"));
  Tensor leaf = Tensor::ones({2, 1, 2, 3}).set_requires_grad(true), other = Tensor::ones({2}).set_requires_grad(true);
  EXPECT_THAT(message_of([&] { gradient_penalty({GanLoss::r1}, one, leaf); }), StartsWith("gradient_penalty:"));
  EXPECT_THAT(message_of([&] { gradient_penalty({GanLoss::r1}, other * 2.0, leaf); }), StartsWith("gradient_penalty:"));
}

TEST(GradientPenalty, UnderAutocastIsCloseToF32) {
  for (const GanLoss loss : {GanLoss::wgan_gp, GanLoss::r1, GanLoss::r3gan})
    for (const bool norm : {false, true}) {
      SCOPED_TRACE(name_of(loss));
      const auto penalty = [&](bool bf16, Tensors& gradients) {
        const Autocast autocast(bf16);
        const Tensors p = parameters(DType::f32);
        const Tensor x = batch(DType::f32, 2);
        const Tensor result = gradient_penalty({loss}, discriminate(p, x, norm), x);
        result.backward({.inputs = {p[0], p[3]}});
        gradients = {p[0].grad(), p[3].grad()};
        return static_cast<double>(result.item<float>());
      };
      Tensors narrow, wide;
      const double a = penalty(true, narrow), b = penalty(false, wide);
      EXPECT_NE(a, b);  // it did run in bf16
      EXPECT_NEAR(a, b, 0.02 * b);
      for (std::size_t i = 0; i < wide.size(); ++i) {
        const std::vector<float> got = narrow[i].values<float>(), expected = wide[i].values<float>();
        double difference = 0, scale = 0;
        for (std::size_t j = 0; j < got.size(); ++j) {
          difference += std::pow(got[j] - expected[j], 2);
          scale += std::pow(expected[j], 2);
        }
        EXPECT_LT(std::sqrt(difference), 0.05 * std::sqrt(scale)) << i;
      }
    }
}

TEST(Interpolate, GoesFromGeneratedToRealImagesEachByItsOwnNumber) {
  const Tensor a = Tensor::full({2, 1, 2, 3}, 5.0, DType::f64), b = Tensor::full({2, 1, 2, 3}, 1.0, DType::f64);
  const std::vector<double> values = interpolate(a, b, Tensor::from({2, 1, 1, 1}, {0.0, 0.25})).values<double>();
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i], i < 6 ? 1.0 : 2.0);
}

// ---- options

TEST(GanLossOptions, NamesGoBothWays) {
  EXPECT_THAT(gan_loss_names(), ElementsAre("bce", "hinge", "least-squares", "wgan-gp", "r1", "r3gan"));
  for (const GanLoss loss : all) EXPECT_EQ(gan_loss_of(name_of(loss)), loss);
  EXPECT_EQ(message_of([] { gan_loss_of("wgan"); }),
            "wgan is not a loss; valid are bce, hinge, least-squares, wgan-gp, r1, r3gan");
}

TEST(GanLossOptions, DefaultsAreValid) {
  for (const GanLoss loss : all) EXPECT_EQ(message_of([=] { check_gan_loss({loss}); }), "no error");
  EXPECT_EQ(message_of([] { check_gan_loss({.label_smoothing = 0.1}, Norm::batch); }), "no error");
  EXPECT_EQ(message_of([] { check_gan_loss({.loss = GanLoss::r1, .penalty = 0.0}, Norm::group); }), "no error");
}

TEST(GanLossOptions, MistakesAreNamed) {
  const auto message = [](const GanLossOptions& options) { return message_of([=] { check_gan_loss(options); }); };
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  for (const double smoothing : {-0.1, 1.0, nan}) {
    EXPECT_THAT(message({.label_smoothing = smoothing}), AllOf(HasSubstr("label smoothing"), HasSubstr("below 1")));
  }
  for (const GanLoss loss : {GanLoss::hinge, GanLoss::wgan_gp, GanLoss::r3gan})
    EXPECT_THAT(message({.loss = loss, .label_smoothing = 0.1}), HasSubstr(name_of(loss)));
  for (const GanLoss loss : {GanLoss::bce, GanLoss::hinge, GanLoss::least_squares})
    EXPECT_THAT(message({.loss = loss, .penalty = 1.0}), AllOf(HasSubstr("penalty"), HasSubstr(name_of(loss))));
  for (const double penalty : {-1.0, nan, infinity})
    EXPECT_THAT(message({.loss = GanLoss::r1, .penalty = penalty}), HasSubstr("finite and at least 0"));
}

TEST(GanLossOptions, APenaltyAndBatchNormDoNotGoTogether) {
  for (const GanLoss loss : all)
    for (const Norm norm : {Norm::batch, Norm::none, Norm::group, Norm::spectral}) {
      const std::string message = message_of([=] { check_gan_loss({loss}, norm); });
      if (has_penalty(loss) && norm == Norm::batch)
        EXPECT_THAT(message, AllOf(HasSubstr(name_of(loss)), HasSubstr("BatchNorm")));
      else
        EXPECT_EQ(message, "no error");
    }
}

TEST(Interpolate, AnImageOfNoWeightTakesNoPart) {
  const Tensor ones = Tensor::ones({2, 1, 1, 1}), spoiled = ones / 0.0, e = Tensor::from({2, 1, 1, 1}, {0.f, 1.f});
  EXPECT_THAT(interpolate(spoiled, ones, e).narrow(0, 0, 1).values<float>(), ::testing::ElementsAre(1.f));
  EXPECT_THAT(interpolate(ones, spoiled, e).narrow(0, 1, 1).values<float>(), ::testing::ElementsAre(1.f));
}

TEST(GradientPenalty, OfNoWeightIsZero) {
  for (const GanLoss loss : {GanLoss::r1, GanLoss::wgan_gp}) {
    const Tensor images = Tensor::ones({2, 1, 2, 2}).set_requires_grad(true);
    const Tensor penalty = gradient_penalty({.loss = loss, .penalty = 0.0}, sum(images * 1e25, {1, 2, 3}), images);
    EXPECT_EQ(penalty.item<float>(), 0) << name_of(loss);
  }
}

}  // namespace
}  // namespace wisp::models
