// One step of training with each loss; tests/golden/losses compares its numbers with PyTorch's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include <models/class_labels.h>
#include <models/gan_step.h>
#include <wisp/ops/autocast.h>
#include <wisp/ops/slice.h>
#include <wisp/optim/sgd.h>

namespace wisp::testing {
namespace {

using models::GanLoss;
using models::Norm;

constexpr GanLoss all[] = {GanLoss::bce,     GanLoss::hinge, GanLoss::least_squares,
                           GanLoss::wgan_gp, GanLoss::r1,    GanLoss::r3gan};

// Small networks from a fixed seed, without BatchNorm in D, and a batch of colour images.
struct Setting {
  explicit Setting(const models::GanLossOptions& loss, Norm norm = Norm::none, std::int64_t classes = 0)
      : model{.latent = 5, .base_channels = 8, .image_size = 32, .channels = 3, .norm = norm, .classes = classes},
        generator(models::dcgan_generator(model, rng)),
        discriminator(models::dcgan_discriminator(model, rng)),
        generator_optimizer(generator.parameters(), {.lr = 1e-2}),
        discriminator_optimizer(discriminator.parameters(), {.lr = 1e-2}),
        gan{generator, discriminator, generator_optimizer, discriminator_optimizer, loss},
        real(Tensor::rand({3, 3, 32, 32}, rng)),
        z(Tensor::randn({3, 5, 1, 1}, rng)) {}

  models::GanStepResult step() { return models::gan_step(gan, {real}, z, rng); }

  Rng rng{9};
  models::DcganOptions model;
  nn::Sequential generator, discriminator;
  optim::SGD generator_optimizer, discriminator_optimizer;
  models::Gan gan;
  Tensor real, z;
};

TEST(GanStep, WganGpAloneDrawsOneNumberPerImage) {
  for (const GanLoss loss : all) {
    Setting setting({loss});
    Rng before = setting.rng;
    setting.step();
    if (loss == GanLoss::wgan_gp) Tensor::rand({3}, before);
    EXPECT_EQ(setting.rng.position(), before.position()) << name_of(loss);
  }
}

TEST(GanStep, WganGpsNumbersChangeThePenaltyAlone) {
  Setting a({GanLoss::wgan_gp}), b({GanLoss::wgan_gp});
  b.rng.set_position(b.rng.position() + 100);
  const models::GanStepResult first = a.step(), second = b.step();
  EXPECT_NE(first.penalty, second.penalty);
  EXPECT_EQ(first.d_loss_real, second.d_loss_real);
  EXPECT_EQ(first.d_loss_fake, second.d_loss_fake);
}

TEST(GanStep, InBf16IsCloseToF32) {
  for (const GanLoss loss : all)
    for (const Norm norm : {Norm::none, Norm::group, Norm::spectral}) {
      SCOPED_TRACE(::testing::Message() << name_of(loss) << " " << name_of(norm));
      const auto run = [&](bool bf16) {
        const Autocast autocast(bf16);
        return Setting({loss}, norm).step();
      };
      const models::GanStepResult narrow = run(true), wide = run(false);
      for (const auto& value :
           {&models::GanStepResult::d_loss_real, &models::GanStepResult::d_loss_fake, &models::GanStepResult::g_loss,
            &models::GanStepResult::d_real, &models::GanStepResult::d_fake, &models::GanStepResult::penalty})
        EXPECT_NEAR(narrow.*value, wide.*value, 0.02 * std::abs(wide.*value) + 0.01);
      EXPECT_EQ(wide.penalty > 0, models::has_penalty(loss));
    }
}

// The images belong to the caller, who may use them again.
TEST(GanStep, LeavesTheImagesAlone) {
  for (const GanLoss loss : all) {
    Setting setting({loss});
    const std::vector<float> before = setting.real.values<float>();
    setting.step();
    EXPECT_FALSE(setting.real.requires_grad()) << name_of(loss);
    EXPECT_EQ(setting.real.values<float>(), before) << name_of(loss);
  }
}

// With all images of one class, a discriminator with classes is one without, whose last layer is that class's.
TEST(GanStep, ALabelChoosesTheDiscriminatorsOutput) {
  constexpr std::int64_t classes = 4, label = 2;
  for (const GanLoss loss : all) {
    SCOPED_TRACE(name_of(loss));
    Setting plain({loss}), labelled({loss}, Norm::none, classes);
    nn::StateDict state = labelled.discriminator.state_dict();
    const Tensor last = Tensor::from(state.at("6.weight").shape(), state.at("6.weight").values<float>());
    state["6.weight"] = last.narrow(0, label, 1);
    plain.discriminator.load_state_dict(state);
    state = labelled.generator.state_dict();
    const Tensor first = state.at("0.weight").narrow(0, 0, 5);
    state["0.weight"] = cat({first, Tensor::zeros(first.shape().with(0, classes))});  // the label draws nothing
    labelled.generator.load_state_dict(state);
    state["0.weight"] = first;
    plain.generator.load_state_dict(state);
    const Tensor labels = Tensor::full({3}, label, DType::i64);
    labelled.rng = plain.rng;
    const models::GanStepResult a = plain.step();
    const models::GanStepResult b = models::gan_step(labelled.gan, {plain.real, labels},
                                                     models::with_labels(plain.z, labels, classes), labelled.rng);
    EXPECT_NEAR(a.d_loss_real, b.d_loss_real, 1e-4);
    EXPECT_NEAR(a.d_loss_fake, b.d_loss_fake, 1e-4);
    EXPECT_NEAR(a.g_loss, b.g_loss, 1e-4);
    const std::vector<float> expected = plain.discriminator.state_dict().at("6.weight").values<float>();
    const Tensor after = labelled.discriminator.state_dict().at("6.weight");
    EXPECT_THAT(after.narrow(0, label, 1).values<float>(), ::testing::Pointwise(::testing::FloatNear(1e-4f), expected));
    EXPECT_NE(expected, last.narrow(0, label, 1).values<float>()) << "the step moved nothing";
    EXPECT_EQ(after.narrow(0, 0, label).values<float>(), last.narrow(0, 0, label).values<float>());
  }
}

TEST(GanStep, APenaltyOfWeight0IsTheLossWithoutIt) {
  Setting with({.loss = GanLoss::r1, .penalty = 0.0}), without({GanLoss::bce});
  const models::GanStepResult a = with.step(), b = without.step();
  EXPECT_EQ(a.penalty, 0);
  EXPECT_EQ(a.d_loss_real, b.d_loss_real);
  EXPECT_NEAR(a.g_loss, b.g_loss, 1e-6);
}

}  // namespace
}  // namespace wisp::testing
