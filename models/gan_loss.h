// What the two networks of a GAN minimise, and the penalties on the discriminator's gradient.
//
// D(x) is a logit: large for what D takes for real. Losses are means over the batch, computed in f32 at least.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <models/dcgan.h>
#include <wisp/core/tensor.h>

namespace wisp::models {

/// bce: non-saturating. Goodfellow et al., arXiv 1406.2661, section 3.
/// hinge: Lim, Ye, arXiv 1705.02894, and Miyato et al., arXiv 1802.05957, equations 16 and 17.
/// least_squares: Mao et al., arXiv 1611.04076, equation 9, targets 0 for generated and 1 for real images.
/// wgan_gp: Wasserstein distance, gradient penalty between the images. Gulrajani et al., arXiv 1704.00028, algorithm 1.
/// r1: bce, gradient penalty on the real images. Mescheder et al., arXiv 1801.04406, equation 9.
/// r3gan: real against generated image in pairs, gradient penalty on both (R1 and R2). Huang et al., arXiv 2501.05441,
/// sections 2 and 3.
enum class GanLoss { bce, hinge, least_squares, wgan_gp, r1, r3gan };

/// "bce", "hinge", "least-squares", "wgan-gp", "r1" or "r3gan".
const char* name_of(GanLoss loss);

/// The loss of that name. Throws Error that lists the names when there is none.
GanLoss gan_loss_of(std::string_view name);

/// All names, in the order above.
std::vector<std::string> gan_loss_names();

struct GanLossOptions {
  GanLoss loss = GanLoss::bce;
  /// The target of real images is 1 minus this; that of generated ones stays 0. For bce, r1 and least_squares.
  double label_smoothing = 0;
  /// Weight of the gradient penalty: lambda of wgan_gp, gamma of r1 and r3gan. Default: see penalty_weight.
  std::optional<double> penalty = {};
};

/// Whether the loss has a penalty on the discriminator's gradient: wgan_gp, r1 and r3gan.
bool has_penalty(GanLoss loss);

/// options.penalty, else 10: what the papers take for wgan_gp and r1. For r3gan they choose per data set; in trials on
/// MNIST (base_channels 16) 10 gave varied digits, and 1 still gave copies of one shape after 900 steps. 0 for losses
/// without penalty.
double penalty_weight(const GanLossOptions& options);

/// Throws Error when label_smoothing is outside [0, 1), or not 0 for a loss without targets; and when a penalty is
/// given to a loss without one, or is negative or not finite.
void check_gan_loss(const GanLossOptions& options);

/// The same, for a discriminator with these layers: also throws Error when a loss with a penalty meets BatchNorm. The
/// penalty is on each image's own gradient, and BatchNorm makes an image's logit depend on the whole batch.
void check_gan_loss(const GanLossOptions& options, Norm norm);

/// The discriminator's loss on real images, with target t = 1 - label_smoothing:
/// bce, r1: t softplus(-x) + (1 - t) softplus(x); hinge: max(0, 1 - x); least_squares: (x - t)^2 / 2; wgan_gp: -x.
/// Throws Error for r3gan, whose discriminator sees pairs.
Tensor discriminator_loss_on_real(const GanLossOptions& options, const Tensor& real_logits);

/// The discriminator's loss on generated images:
/// bce, r1: softplus(x); hinge: max(0, 1 + x); least_squares: x^2 / 2; wgan_gp: x. Throws Error for r3gan.
Tensor discriminator_loss_on_fake(const GanLossOptions& options, const Tensor& fake_logits);

/// The discriminator's loss of r3gan on pairs of a real and a generated image: softplus(fake - real). Throws Error when
/// the shapes differ.
Tensor discriminator_loss_on_pairs(const Tensor& real_logits, const Tensor& fake_logits);

/// The generator's loss. bce, r1: softplus(-x); hinge, wgan_gp: -x; least_squares: (x - 1)^2 / 2; r3gan: softplus(real
/// - fake), the only one that needs the real logits, and of the same shape, else Error.
Tensor generator_loss(const GanLossOptions& options, const Tensor& fake_logits, const Tensor& real_logits = {});

/// e real + (1 - e) fake in the dtype of real: where wgan_gp's penalty is taken. e is (N,1,1,1), uniform in [0, 1).
/// Throws Error on other shapes and dtypes.
Tensor interpolate(const Tensor& real, const Tensor& fake, const Tensor& e);

/// The penalty on the gradient of logits = D(images), with norms over each image, w = penalty_weight(options):
/// wgan_gp: w mean (||g|| - 1)^2; r1 and r3gan: w / 2 mean ||g||^2 (R1 on real images, R2 on generated ones).
/// The derivative of ||g|| is 0 where g is 0; squares that f32 cannot hold do not harm it.
/// images must require grad; the result can be differentiated. Throws Error for a loss without penalty, and for logits
/// that do not depend on the images.
Tensor gradient_penalty(const GanLossOptions& options, const Tensor& logits, const Tensor& images);

}  // namespace wisp::models
