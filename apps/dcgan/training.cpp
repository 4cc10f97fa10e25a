#include <apps/dcgan/training.h>

#include <apps/dcgan/draw.h>
#include <models/class_labels.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/nn/scoped_mode.h>
#include <wisp/nn/update_bn.h>
#include <wisp/ops/autocast.h>
#include <wisp/ops/slice.h>
#include <wisp/optim/ema.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t statistics_batches = 32, statistics_batch = 64;
constexpr std::uint64_t noise_stream = 0x6e6f697365, statistics_stream = 0x626e;  // apart from the weights' stream

optim::AdamOptions adam(const Recipe& recipe, double lr) { return {.lr = lr, .betas = {recipe.beta1, recipe.beta2}}; }

}  // namespace

Training::Training(const Recipe& recipe)
    : recipe_(recipe),
      init_rng_(static_cast<std::uint64_t>(recipe.seed)),
      noise_rng_(init_rng_.seed() ^ noise_stream),
      generator_(models::dcgan_generator(recipe.model, init_rng_)),
      discriminator_(models::dcgan_discriminator(recipe.model, init_rng_)),
      generator_optimizer_(generator_.parameters(), adam(recipe, recipe.lr_g)),
      discriminator_optimizer_(discriminator_.parameters(), adam(recipe, recipe.lr_d)) {
  models::dcgan_init(generator_, init_rng_);
  models::dcgan_init(discriminator_, init_rng_);
  fixed_input_ = fixed_input();
  if (recipe.ema == 0) return;
  averaged_ = models::dcgan_generator(recipe.model, init_rng_);
  averaged_.load_state_dict(generator_.state_dict());
  averaged_.eval();
}

models::GanStepResult Training::step(const Batch& real, bool measure) {
  const Autocast autocast(recipe_.precision == Precision::bf16);
  const double factor = optim::lr_factor(recipe_.schedule, step_);
  generator_optimizer_.set_lr(recipe_.lr_g * factor);
  discriminator_optimizer_.set_lr(recipe_.lr_d * factor);
  const models::Gan gan{generator_,   discriminator_,        generator_optimizer_, discriminator_optimizer_,
                        recipe_.loss, recipe_.clip_grad_norm};
  const Tensor z = models::with_labels(noise(recipe_.batch, noise_rng_), real.labels, classes());
  const models::GanStepResult result = models::gan_step(gan, real, z, noise_rng_, measure);
  if (averaged_.size() > 0)
    optim::ema_update(averaged_.parameters(), generator_.parameters(), optim::ema_decay(recipe_.ema, step_));
  ++step_;
  return result;
}

template <class F>
Tensor Training::with_best_generator(F f) {
  const Autocast autocast(recipe_.precision == Precision::bf16);
  const NoGrad guard;
  if (averaged_.size() > 0) {
    update_average_statistics();
    return f(averaged_);
  }
  const nn::ScopedMode evaluation(generator_, false);
  return f(generator_);
}

Tensor Training::samples() {
  return with_best_generator([&](nn::Module& generator) { return generator(fixed_input_); });
}

Tensor Training::draw_images(std::int64_t count, std::uint64_t seed) {
  return with_best_generator([&](nn::Module& generator) { return draw(generator, recipe_.model, count, seed); });
}

Safetensors Training::checkpoint() {
  update_average_statistics();
  return make_checkpoint(parts(), checkpoint_metadata_of(recipe_));
}

CheckpointParts Training::parts() {
  CheckpointParts parts{{"generator", generator_},
                        {"discriminator", discriminator_},
                        {"generator_optimizer", generator_optimizer_},
                        {"discriminator_optimizer", discriminator_optimizer_},
                        {"noise", noise_rng_},
                        {"step", step_}};
  if (averaged_.size() > 0) parts.emplace_back("generator_ema", averaged_);
  return parts;
}

Tensor Training::noise(std::int64_t count, Rng& rng) const {
  return Tensor::randn({count, recipe_.model.latent, 1, 1}, rng);
}

Tensor Training::fixed_input() {
  if (classes() == 0) return noise(sample_rows * sample_rows, noise_rng_);
  const Tensor rows = noise(sample_rows, noise_rng_);
  Tensors all;
  for (std::int64_t row = 0; row < sample_rows; ++row)
    for (std::int64_t i = 0; i < classes(); ++i) all.push_back(rows.narrow(0, row, 1));
  return generator_input(cat(all), recipe_.model);
}

void Training::update_average_statistics() {
  if (averaged_.size() == 0 || statistics_step_ == step_) return;
  const Autocast autocast(recipe_.precision == Precision::bf16);
  Rng rng(static_cast<std::uint64_t>(recipe_.seed) ^ statistics_stream);
  Tensors batches;
  for (std::int64_t i = 0; i < statistics_batches; ++i)
    batches.push_back(generator_input(noise(statistics_batch, rng), recipe_.model));
  nn::update_bn(batches, averaged_);
  statistics_step_ = step_;
}

}  // namespace wisp::apps
