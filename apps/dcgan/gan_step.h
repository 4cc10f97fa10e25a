// One step of GAN training with the non-saturating loss.
//
// Source: Goodfellow et al., "Generative adversarial networks", arXiv 1406.2661, section 3.
#pragma once

#include <wisp/nn/module.h>
#include <wisp/optim/optimizer.h>

namespace wisp::apps {

/// The two networks and what trains them.
struct Gan {
  nn::Module& generator;
  nn::Module& discriminator;
  optim::Optimizer& generator_optimizer;
  optim::Optimizer& discriminator_optimizer;
};

/// Mean losses of a step, and mean probabilities that D gave to "real" before its update.
struct GanStepResult {
  double d_loss_real;
  double d_loss_fake;
  double g_loss;
  double d_real;  ///< sigmoid(D(real)): on real images
  double d_fake;  ///< sigmoid(D(G(z))): on generated ones
};

/// D's gradient on the real batch (target 1) and on the detached fake batch G(z) (target 0), one update of D; then G's
/// gradient through the updated D (target 1), one update of G. D's gradients stay as they were for its update.
/// real is (N, channels, size, size) in [-1, 1], z is (N, latent, 1, 1).
GanStepResult gan_step(const Gan& gan, const Tensor& real, const Tensor& z);

}  // namespace wisp::apps
