#include <apps/bench/training.h>

#include <apps/dcgan/gan_step.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/autocast.h>

namespace wisp::apps {
namespace {

nn::Sequential initialised(nn::Sequential network, Rng& rng) {
  models::dcgan_init(network, rng);
  return network;
}

optim::Adam adam(const nn::Module& network) {
  return optim::Adam(network.parameters(), {.lr = 2e-4, .betas = {0.5, 0.999}});
}

}  // namespace

Training::Training(const BenchOptions& options, bool bf16)
    : model_(options.model()),
      batch_(options.batch),
      bf16_(bf16),
      generator_(initialised(models::dcgan_generator(model_, rng_), rng_)),
      discriminator_(initialised(models::dcgan_discriminator(model_, rng_), rng_)),
      generator_optimizer_(adam(generator_)),
      discriminator_optimizer_(adam(discriminator_)),
      real_(Tensor::rand({batch_, model_.channels, model_.image_size, model_.image_size}, rng_) * 2.0 - 1.0) {}

void Training::step() {
  const Autocast autocast(bf16_);
  gan_step({generator_, discriminator_, generator_optimizer_, discriminator_optimizer_}, real_,
           Tensor::randn({batch_, model_.latent, 1, 1}, rng_), rng_);
}

}  // namespace wisp::apps
