#include <models/gan_loss.h>

#include <cmath>

#include <fmt/ranges.h>

#include <wisp/autograd/backward.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/math.h>
#include <wisp/ops/norm.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/shape.h>

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
Tensor widened(const char* op, const char* name, const Tensor& x) {
  check_floating(op, {{name, x}});
  return x.to(compute_dtype(x.dtype()));
}

Tensor loss_against(double target, const Tensor& logits) {
  return bce_with_logits(logits, Tensor::full(logits.shape(), target, logits.dtype()));
}

// x where the weight is above 0, else 0, so that infinite numbers of no weight take no part.
Tensor where_weighted(const Tensor& x, const Tensor& weight) {
  return leaky_relu_backward(x, broadcast_to(weight.detach(), x.shape()), 0.0);
}

Tensor half_square(const Tensor& x) { return mean(square(x)) * 0.5; }

// Each image of the better ones against its partner of the worse ones.
Tensor relativistic_loss(const char* op, const Argument& better, const Argument& worse) {
  for (const auto& [name, logits] : {better, worse})
    check(logits.defined(), "{}: r3gan compares real and generated images in pairs, {} are undefined", op, name);
  const Tensor a = widened(op, better.name, better.tensor), b = widened(op, worse.name, worse.tensor);
  check(a.shape() == b.shape() && a.dtype() == b.dtype(),
        "{}: r3gan compares real and generated images in pairs, {} are {} {}, {} {} {}", op, better.name,
        name_of(a.dtype()), a.shape(), worse.name, name_of(b.dtype()), b.shape());
  return mean(softplus(b - a));
}

[[noreturn]] void fail_pairs(const char* op) { fail("{}: r3gan needs real and generated images in pairs", op); }

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
  const char* const op = "discriminator_loss_on_real";
  const Tensor x = widened(op, "real_logits", real_logits);
  const double target = 1.0 - options.label_smoothing;
  switch (options.loss) {
    case GanLoss::bce:
    case GanLoss::r1: return loss_against(target, x);
    case GanLoss::hinge: return mean(relu(1.0 - x));
    case GanLoss::least_squares: return half_square(x - target);
    case GanLoss::wgan_gp: return -mean(x);
    case GanLoss::r3gan: break;
  }
  fail_pairs(op);
}

Tensor discriminator_loss_on_fake(const GanLossOptions& options, const Tensor& fake_logits) {
  const char* const op = "discriminator_loss_on_fake";
  const Tensor x = widened(op, "fake_logits", fake_logits);
  switch (options.loss) {
    case GanLoss::bce:
    case GanLoss::r1: return loss_against(0.0, x);
    case GanLoss::hinge: return mean(relu(1.0 + x));
    case GanLoss::least_squares: return half_square(x);
    case GanLoss::wgan_gp: return mean(x);
    case GanLoss::r3gan: break;
  }
  fail_pairs(op);
}

Tensor discriminator_loss_on_pairs(const Tensor& real_logits, const Tensor& fake_logits) {
  return relativistic_loss("discriminator_loss_on_pairs", {"real_logits", real_logits}, {"fake_logits", fake_logits});
}

Tensor generator_loss(const GanLossOptions& options, const Tensor& fake_logits, const Tensor& real_logits) {
  const char* const op = "generator_loss";
  const Tensor x = widened(op, "fake_logits", fake_logits);
  switch (options.loss) {
    case GanLoss::bce:
    case GanLoss::r1: return loss_against(1.0, x);
    case GanLoss::hinge:
    case GanLoss::wgan_gp: return -mean(x);
    case GanLoss::least_squares: return half_square(x - 1.0);
    case GanLoss::r3gan: break;
  }
  return relativistic_loss(op, {"fake_logits", fake_logits}, {"real_logits", real_logits});
}

Tensor interpolate(const Tensor& real, const Tensor& fake, const Tensor& e) {
  check_floating("interpolate", {{"real", real}, {"fake", fake}, {"e", e}});
  check(real.rank() == 4 && fake.shape() == real.shape() && e.shape() == Shape{real.dim(0), 1, 1, 1} &&
            e.dtype() == real.dtype(),
        "interpolate: real and fake must be images N x C x H x W of one shape, e {} N x 1 x 1 x 1, given {}, {} and {} "
        "{}",
        name_of(real.dtype()), real.shape(), fake.shape(), name_of(e.dtype()), e.shape());
  const Tensor rest = 1.0 - e;
  return e * where_weighted(real, e) + rest * where_weighted(fake.to(real.dtype()), rest);
}

Tensor gradient_penalty(const GanLossOptions& options, const Tensor& logits, const Tensor& images) {
  constexpr const char* op = "gradient_penalty";
  check(has_penalty(options.loss), "{}: the loss {} has none", op, name_of(options.loss));
  check_floating(op, {{"logits", logits}, {"images", images}});
  check(images.rank() >= 1 && images.requires_grad() && logits.requires_grad(),
        "{}: images must be N x ... and require grad, and the logits depend on them, given images {}", op,
        images.shape());
  const Tensor ones = Tensor::ones(logits.shape(), logits.dtype());
  const Tensor found =
      grad({logits}, {images}, {.grad_outputs = {ones}, .create_graph = true, .allow_unused = true})[0];
  check(found.defined(), "{}: the logits do not depend on the images ({})", op, images.shape());
  const double weight = penalty_weight(options);
  Tensor gradient = widened(op, "images", found).reshape({images.dim(0), -1});
  if (weight == 0)  // takes no part, be the squares infinite
    gradient = where_weighted(gradient, Tensor::zeros({}, gradient.dtype()));
  if (options.loss != GanLoss::wgan_gp) return mean(sum(square(gradient), {1})) * (0.5 * weight);
  return mean(square(norm(gradient, {1}) - 1.0)) * weight;
}

}  // namespace wisp::models
