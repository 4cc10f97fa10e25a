// The DCGAN's training step on a made-up batch.
#pragma once

#include <apps/bench/options.h>
#include <wisp/core/rng.h>
#include <wisp/nn/sequential.h>
#include <wisp/optim/adam.h>

namespace wisp::apps {

/// The networks and optimizers of `dcgan train`, from a fixed seed, with a batch of noise for images; no average.
class TrainingStep {
 public:
  TrainingStep(const BenchOptions& options, bool bf16);

  /// One gan_step, under Autocast for bf16.
  void run();

 private:
  Recipe recipe_;
  models::DcganOptions model_;
  bool bf16_;
  Rng rng_{1};
  nn::Sequential generator_, discriminator_;
  optim::Adam generator_optimizer_, discriminator_optimizer_;
  Tensor real_;
};

}  // namespace wisp::apps
