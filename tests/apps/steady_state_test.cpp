// After its third step, training asks the system for no memory and makes no oneDNN primitive. On one thread: with more
// the largest number of blocks in use at once depends on which threads meet.
#include <gtest/gtest.h>

#include <models/dcgan.h>
#include <models/gan_step.h>
#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>
#include <wisp/kernels/registry.h>
#include <wisp/ops/autocast.h>
#include <wisp/optim/adam.h>

namespace wisp::testing {
namespace {

void expect_steady_state(bool bf16, std::int64_t image_size, const models::GanLossOptions& loss = {},
                         models::Norm norm = models::Norm::batch) {
  const ThreadLimit one(1);
  const Autocast autocast(bf16);
  const models::DcganOptions options{.base_channels = 8, .image_size = image_size, .norm = norm};
  constexpr std::int64_t batch = 6;
  Rng rng(3);
  nn::Sequential generator = models::dcgan_generator(options, rng),
                 discriminator = models::dcgan_discriminator(options, rng);
  optim::Adam generator_optimizer(generator.parameters(), {.lr = 1e-3}),
      discriminator_optimizer(discriminator.parameters(), {.lr = 1e-3});
  const models::Gan gan{generator, discriminator, generator_optimizer, discriminator_optimizer, loss};
  const auto step = [&] {
    const Tensor real = Tensor::rand({batch, 1, image_size, image_size}, rng);
    models::gan_step(gan, {real}, Tensor::randn({batch, options.latent, 1, 1}, rng), rng);
  };
  for (int i = 0; i < 3; ++i) step();
  const std::uint64_t blocks = allocator_statistics().system_blocks, primitives = kernels::primitives_created();
  EXPECT_GT(blocks, 0u);
  EXPECT_EQ(primitives > 0, kernels::has_onednn);
  for (int i = 0; i < 4; ++i) step();
  EXPECT_EQ(allocator_statistics().system_blocks, blocks);
  EXPECT_EQ(kernels::primitives_created(), primitives);
}

TEST(SteadyState, F32) { expect_steady_state(false, 28); }
TEST(SteadyState, Bf16) { expect_steady_state(true, 28); }
TEST(SteadyState, LargerImages) { expect_steady_state(true, 64); }
TEST(SteadyState, R3gan) { expect_steady_state(false, 28, {models::GanLoss::r3gan}, models::Norm::none); }
TEST(SteadyState, WganGpWithGroupNormInBf16) {
  expect_steady_state(true, 28, {models::GanLoss::wgan_gp}, models::Norm::group);
}
TEST(SteadyState, R1WithSpectralNorm) { expect_steady_state(false, 28, {models::GanLoss::r1}, models::Norm::spectral); }

}  // namespace
}  // namespace wisp::testing
