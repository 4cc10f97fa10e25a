// One step of training with each loss; tests/golden/losses compares its numbers with PyTorch's.
#include <gtest/gtest.h>

#include <cmath>

#include <apps/dcgan/gan_step.h>
#include <wisp/ops/autocast.h>
#include <wisp/optim/sgd.h>

namespace wisp::testing {
namespace {

using models::GanLoss;
using models::Norm;

constexpr GanLoss all[] = {GanLoss::bce,     GanLoss::hinge, GanLoss::least_squares,
                           GanLoss::wgan_gp, GanLoss::r1,    GanLoss::r3gan};

// Small networks from a fixed seed, without BatchNorm in D, and a batch of colour images.
struct Setting {
  explicit Setting(const models::GanLossOptions& loss, Norm norm = Norm::none)
      : model{.latent = 5, .base_channels = 8, .image_size = 32, .channels = 3, .norm = norm},
        generator(models::dcgan_generator(model, rng)),
        discriminator(models::dcgan_discriminator(model, rng)),
        generator_optimizer(generator.parameters(), {.lr = 1e-2}),
        discriminator_optimizer(discriminator.parameters(), {.lr = 1e-2}),
        gan{generator, discriminator, generator_optimizer, discriminator_optimizer, loss},
        real(Tensor::rand({3, 3, 32, 32}, rng)),
        z(Tensor::randn({3, 5, 1, 1}, rng)) {}

  apps::GanStepResult step() { return apps::gan_step(gan, real, z, rng); }

  Rng rng{9};
  models::DcganOptions model;
  nn::Sequential generator, discriminator;
  optim::SGD generator_optimizer, discriminator_optimizer;
  apps::Gan gan;
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
  const apps::GanStepResult first = a.step(), second = b.step();
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
      const apps::GanStepResult narrow = run(true), wide = run(false);
      for (const auto& value :
           {&apps::GanStepResult::d_loss_real, &apps::GanStepResult::d_loss_fake, &apps::GanStepResult::g_loss,
            &apps::GanStepResult::d_real, &apps::GanStepResult::d_fake, &apps::GanStepResult::penalty})
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

TEST(GanStep, APenaltyOfWeight0IsTheLossWithoutIt) {
  Setting with({.loss = GanLoss::r1, .penalty = 0.0}), without({GanLoss::bce});
  const apps::GanStepResult a = with.step(), b = without.step();
  EXPECT_EQ(a.penalty, 0);
  EXPECT_EQ(a.d_loss_real, b.d_loss_real);
  EXPECT_NEAR(a.g_loss, b.g_loss, 1e-6);
}

}  // namespace
}  // namespace wisp::testing
