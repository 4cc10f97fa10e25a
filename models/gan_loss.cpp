#include <models/gan_loss.h>

#include <cmath>

#include <fmt/ranges.h>

#include <wisp/autograd/backward.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp::models {
namespace {

struct Row {
  GanLoss loss;
  const char* name;
  bool has_targets;
  std::optional<double> penalty;  // its default weight
};

constexpr Row table[] = {{GanLoss::bce, "bce", true, {}},
                         {GanLoss::hinge, "hinge", false, {}},
                         {GanLoss::least_squares, "least-squares", true, {}},
                         {GanLoss::wgan_gp, "wgan-gp", false, 10.0},
                         {GanLoss::r1, "r1", true, 10.0},
                         {GanLoss::r3gan, "r3gan", false, 10.0}};

const Row& row_of(GanLoss loss) { return table[static_cast<int>(loss)]; }

// Losses are computed in f32 at least.
Tensor widened(const Tensor& x) { return x.to(compute_dtype(x.dtype())); }

Tensor loss_against(double target, const Tensor& logits) {
  return bce_with_logits(logits, Tensor::full(logits.shape(), target, logits.dtype()));
}

Tensor half_square(const Tensor& x) { return mean(square(x)) * 0.5; }

// Each image of the better ones against its partner of the worse ones.
Tensor relativistic_loss(const Tensor& better, const Tensor& worse) {
  check(better.defined() && worse.defined() && better.shape() == worse.shape(),
        "r3gan: real and generated images go in pairs, their logits have the shapes {} and {}",
        better.defined() ? better.shape() : Shape{}, worse.defined() ? worse.shape() : Shape{});
  return mean(softplus(widened(worse) - widened(better)));
}

[[noreturn]] void fail_pairs() { fail("r3gan: the discriminator's loss needs real and generated images in pairs"); }

}  // namespace

const char* name_of(GanLoss loss) { return row_of(loss).name; }

GanLoss gan_loss_of(std::string_view name) {
  for (const Row& row : table)
    if (name == row.name) return row.loss;
  fail("{} is not a loss; valid are {}", name, fmt::join(gan_loss_names(), ", "));
}

std::vector<std::string> gan_loss_names() {
  std::vector<std::string> names;
  for (const Row& row : table) names.emplace_back(row.name);
  return names;
}

bool has_penalty(GanLoss loss) { return row_of(loss).penalty.has_value(); }

double penalty_weight(const GanLossOptions& options) {
  return options.penalty.value_or(row_of(options.loss).penalty.value_or(0.0));
}

void check_gan_loss(const GanLossOptions& options) {
  const Row& row = row_of(options.loss);
  check(0 <= options.label_smoothing && options.label_smoothing < 1,
        "label smoothing must be at least 0 and below 1, given {}", options.label_smoothing);
  check(options.label_smoothing == 0 || row.has_targets,
        "label smoothing needs a loss with targets (bce, least-squares or r1), {} has none", row.name);
  if (!options.penalty) return;
  check(row.penalty.has_value(), "a penalty needs a loss that has one (wgan-gp, r1 or r3gan), {} has none", row.name);
  check(std::isfinite(*options.penalty) && *options.penalty >= 0,
        "the weight of the penalty must be finite and at least 0, given {}", *options.penalty);
}

void check_gan_loss(const GanLossOptions& options, Norm norm) {
  check_gan_loss(options);
  check(!has_penalty(options.loss) || norm != Norm::batch,
        "the loss {} penalises the gradient of each image, and BatchNorm mixes the images of a batch: use norm none, "
        "group or spectral",
        name_of(options.loss));
}

Tensor discriminator_loss_on_real(const GanLossOptions& options, const Tensor& real_logits) {
  const Tensor x = widened(real_logits);
  const double target = 1.0 - options.label_smoothing;
  switch (options.loss) {
    case GanLoss::bce:
    case GanLoss::r1: return loss_against(target, x);
    case GanLoss::hinge: return mean(relu(1.0 - x));
    case GanLoss::least_squares: return half_square(x - target);
    case GanLoss::wgan_gp: return -mean(x);
    case GanLoss::r3gan: break;
  }
  fail_pairs();
}

Tensor discriminator_loss_on_fake(const GanLossOptions& options, const Tensor& fake_logits) {
  const Tensor x = widened(fake_logits);
  switch (options.loss) {
    case GanLoss::bce:
    case GanLoss::r1: return loss_against(0.0, x);
    case GanLoss::hinge: return mean(relu(1.0 + x));
    case GanLoss::least_squares: return half_square(x);
    case GanLoss::wgan_gp: return mean(x);
    case GanLoss::r3gan: break;
  }
  fail_pairs();
}

Tensor discriminator_loss_on_pairs(const Tensor& real_logits, const Tensor& fake_logits) {
  return relativistic_loss(real_logits, fake_logits);
}

Tensor generator_loss(const GanLossOptions& options, const Tensor& fake_logits, const Tensor& real_logits) {
  const Tensor x = widened(fake_logits);
  switch (options.loss) {
    case GanLoss::bce:
    case GanLoss::r1: return loss_against(1.0, x);
    case GanLoss::hinge:
    case GanLoss::wgan_gp: return -mean(x);
    case GanLoss::least_squares: return half_square(x - 1.0);
    case GanLoss::r3gan: break;
  }
  return relativistic_loss(fake_logits, real_logits);
}

Tensor interpolate(const Tensor& real, const Tensor& fake, const Tensor& e) {
  return e * real + (1.0 - e) * fake.to(real.dtype());
}

Tensor gradient_penalty(const GanLossOptions& options, const Tensor& logits, const Tensor& images) {
  check(has_penalty(options.loss), "gradient_penalty: the loss {} has none", name_of(options.loss));
  const Tensor ones = Tensor::ones(logits.shape(), logits.dtype());
  const Tensor gradient = widened(grad({logits}, {images}, {.grad_outputs = {ones}, .create_graph = true})[0]);
  const Tensor squared_norm = sum(square(gradient.reshape({gradient.dim(0), -1})), {1});
  const double weight = penalty_weight(options);
  if (options.loss != GanLoss::wgan_gp) return mean(squared_norm) * (0.5 * weight);
  return mean(square(sqrt(squared_norm + 1e-20) - 1.0)) * weight;
}

}  // namespace wisp::models
