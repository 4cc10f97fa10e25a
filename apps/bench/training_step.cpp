#include <apps/bench/training_step.h>

#include <models/gan_step.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/autocast.h>

namespace wisp::apps {
namespace {

nn::Sequential initialised(nn::Sequential network, Rng& rng) {
  models::dcgan_init(network, rng);
  return network;
}

optim::Adam adam(const nn::Module& network, const Recipe& recipe, double lr) {
  return optim::Adam(network.parameters(), {.lr = lr, .betas = {recipe.beta1, recipe.beta2}});
}

}  // namespace

TrainingStep::TrainingStep(const BenchOptions& options, bool bf16)
    : recipe_(options.recipe()),
      model_(recipe_.model),
      bf16_(bf16),
      generator_(initialised(models::dcgan_generator(model_, rng_), rng_)),
      discriminator_(initialised(models::dcgan_discriminator(model_, rng_), rng_)),
      generator_optimizer_(adam(generator_, recipe_, recipe_.lr_g)),
      discriminator_optimizer_(adam(discriminator_, recipe_, recipe_.lr_d)),
      real_(Tensor::rand({options.batch, model_.channels, model_.image_size, model_.image_size}, rng_) * 2.0 - 1.0) {}

void TrainingStep::run() {
  const Autocast autocast(bf16_);
  models::gan_step({generator_, discriminator_, generator_optimizer_, discriminator_optimizer_, recipe_.loss}, {real_},
                   Tensor::randn({real_.dim(0), model_.latent, 1, 1}, rng_), rng_);
}

}  // namespace wisp::apps
