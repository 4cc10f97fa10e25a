// Training: the networks, their optimizers and the averaged generator, step by step. Knows no files and no clock.
#pragma once

#include <cstdint>

#include <apps/dcgan/checkpoint.h>
#include <models/gan_step.h>
#include <wisp/core/rng.h>
#include <wisp/nn/sequential.h>
#include <wisp/optim/adam.h>

namespace wisp::apps {

class Training {
 public:
  /// Networks with weights from the seed of a recipe that check_recipe takes.
  explicit Training(const Recipe& recipe);
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  /// One step on a batch of real images, at the learning rates of its number; `measure` asks for the result's
  /// measures. A recipe with classes needs the images' labels; the others do not look at them.
  models::GanStepResult step(const Batch& real, bool measure);
  std::int64_t steps_done() const { return step_; }

  /// The images that the averaged generator (the generator itself where there is none) makes of 64 vectors of noise
  /// that stay the same. With classes: 8 vectors, each drawn as every class.
  Tensor samples();
  /// Images side by side in a grid of these.
  int sample_columns() const { return static_cast<int>(classes() > 0 ? classes() : sample_rows); }

  /// `count` images, u8, that the same generator makes of noise of that seed: those of `dcgan sample`. Throws Error
  /// when they are not finite.
  Tensor draw_images(std::int64_t count, std::uint64_t seed);

  /// All state; shares the tensors' numbers.
  Safetensors checkpoint();
  /// Goes back to a checkpoint of the same recipe. Throws Error naming what does not fit.
  void restore(const Safetensors& checkpoint) { apps::restore(checkpoint, parts()); }

 private:
  static constexpr std::int64_t sample_rows = 8;

  std::int64_t classes() const { return recipe_.model.classes; }
  CheckpointParts parts();
  /// What f makes of the averaged generator, or the generator itself where there is none, in evaluation mode.
  template <class F>
  Tensor with_best_generator(F f);
  Tensor noise(std::int64_t count, Rng& rng) const;
  /// The generator's input for samples().
  Tensor fixed_input();
  /// Brings the average's running statistics up to date: they are those of its own images, of noise of its own.
  void update_average_statistics();

  Recipe recipe_;
  Rng init_rng_;
  Rng noise_rng_;
  nn::Sequential generator_;
  nn::Sequential discriminator_;
  nn::Sequential averaged_;  // empty where there is no average
  optim::Adam generator_optimizer_;
  optim::Adam discriminator_optimizer_;
  Tensor fixed_input_;
  std::int64_t step_ = 0;
  std::int64_t statistics_step_ = -1;  // the step that the average's statistics belong to
};

}  // namespace wisp::apps
