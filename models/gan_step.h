// One step of GAN training.
#pragma once

#include <optional>

#include <models/gan_loss.h>
#include <wisp/core/rng.h>
#include <wisp/data/data_loader.h>
#include <wisp/nn/module.h>
#include <wisp/optim/optimizer.h>

namespace wisp::models {

/// The two networks, what trains them, and what they minimise. With a penalty, D must be without BatchNorm.
struct Gan {
  nn::Module& generator;
  nn::Module& discriminator;
  optim::Optimizer& generator_optimizer;
  optim::Optimizer& discriminator_optimizer;
  GanLossOptions loss = {};
  double clip_grad_norm = 0;  ///< each network's gradient is clipped to this norm; 0: it is not
};

/// What tells how training goes.
struct GanMeasures {
  double d_grad_norm = 0, g_grad_norm = 0;          ///< before clipping
  double d_accuracy_real = 0, d_accuracy_fake = 0;  ///< shares of logits on the right side of 0
  /// How much images of a batch differ: the root of the mean over pixels of their variance over the batch.
  double spread = 0, spread_real = 0;
};

/// Mean losses of a step, and mean probabilities that D gave to "real" before its update.
struct GanStepResult {
  double d_loss_real = 0;  ///< r3gan's loss of pairs counts half here and half in d_loss_fake
  double d_loss_fake = 0;
  double g_loss = 0;
  double d_real = 0;                         ///< sigmoid(D(real)): on real images
  double d_fake = 0;                         ///< sigmoid(D(G(z))): on generated ones
  double penalty = 0;                        ///< the gradient penalty, weighted; not in the losses
  std::optional<GanMeasures> measures = {};  ///< where asked for
};

/// D's gradient on the real batch and on the detached fake batch G(z), that of the penalty included, one update of D;
/// then G's gradient through the updated D, one update of G. D's gradients stay as they were for its update.
/// real.images is (N, channels, size, size) in [-1, 1], z, the generator's input, is (N, latent, 1, 1). Where the
/// networks have classes z is (N, latent + classes, 1, 1), made with the labels of the real images. wgan_gp draws one
/// number per image from rng, the other losses draw nothing.
GanStepResult gan_step(const Gan& gan, const Batch& real, const Tensor& z, Rng& rng, bool measure = false);

/// The same with wgan_gp's numbers given: e is (N,1,1,1), or undefined for other losses.
GanStepResult gan_step(const Gan& gan, const Batch& real, const Tensor& z, const Tensor& e, bool measure = false);

}  // namespace wisp::models
