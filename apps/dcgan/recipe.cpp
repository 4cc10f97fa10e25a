#include <apps/dcgan/recipe.h>

#include <algorithm>
#include <cmath>

#include <fmt/ranges.h>

#include <wisp/kernels/backend.h>
#include <wisp/kernels/conv_algorithm.h>
#include <wisp/kernels/registry.h>

namespace wisp::apps {
namespace {

// The backend's name, the same for two builds that compute the same.
std::string resolved(Backend backend) {
  return name_of(backend == Backend::automatic && !kernels::has_onednn ? Backend::native : backend);
}

// Sets the members that follow from the loss, unless they were given.
void follow_loss(Recipe& recipe, const std::set<std::string>& given) {
  const models::GanLoss loss = models::gan_loss_of(recipe.loss);
  if (!given.contains("penalty")) recipe.penalty = models::penalty_weight({.loss = loss});
  if (given.contains("norm")) return;
  if (models::has_penalty(loss))
    recipe.norm = "none";
  else if (recipe.norm == "none")
    recipe.norm = Recipe{}.norm;
}

Recipe r3gan() {
  Recipe recipe;
  recipe.loss = "r3gan";
  recipe.discriminator_blocks = 0;
  follow_loss(recipe, {});
  return recipe;
}

Recipe classic() {
  Recipe recipe;
  recipe.loss = "bce";
  recipe.lr_g = recipe.lr_d = 2e-4;
  recipe.beta1 = 0.5;
  recipe.beta2 = 0.999;
  recipe.schedule = "constant";
  recipe.decay_start = 0;
  recipe.norm = "batch";
  recipe.generator_blocks = recipe.discriminator_blocks = 0;
  recipe.base_channels = 64;
  return recipe;
}

}  // namespace

std::vector<std::string> recipe_names() { return {"residual", "r3gan", "classic"}; }

std::string default_recipe_name(std::int64_t image_size) { return image_size < 64 ? "residual" : "r3gan"; }

Recipe recipe_named(std::string_view name) {
  if (name == "residual") return {};
  if (name == "r3gan") return r3gan();
  if (name == "classic") return classic();
  fail("train: --model must be {}, given {}", fmt::join(recipe_names(), " or "), name);
}

Recipe completed(const Recipe& recipe, const Recipe& defaults, const std::set<std::string>& given) {
  Metadata metadata = to_metadata(defaults);
  for (const auto& [name, value] : to_metadata(recipe))
    if (given.contains(name)) metadata[name] = value;
  Recipe result = recipe_from(metadata);
  follow_loss(result, given);
  return result;
}

std::string option_of(std::string member) {
  std::replace(member.begin(), member.end(), '_', '-');
  return "--" + member;
}

void record_computing(Recipe& recipe, bool bf16) {
  recipe.precision = bf16 ? "bf16" : "f32";
  recipe.backend = resolved(backend());
  recipe.algorithm = name_of(conv_algorithm());
}

void apply_computing(const Recipe& recipe) {
  const Backend wanted = backend_of(recipe.backend);
  check(resolved(wanted) == recipe.backend, "train: the run was begun with oneDNN, which this build lacks");
  set_backend(wanted);
  set_conv_algorithm(conv_algorithm_of(recipe.algorithm));
}

models::GanLossOptions Recipe::gan_loss() const {
  models::GanLossOptions options{.loss = models::gan_loss_of(loss), .label_smoothing = label_smoothing};
  if (models::has_penalty(options.loss) || penalty != 0) options.penalty = penalty;
  return options;
}

models::DcganOptions Recipe::model() const {
  return {.latent = latent,
          .base_channels = base_channels,
          .image_size = image_size,
          .channels = channels,
          .norm = models::norm_of(norm),
          .generator_blocks = generator_blocks,
          .discriminator_blocks = discriminator_blocks,
          .classes = classes};
}

optim::LRScheduleOptions Recipe::lr_schedule() const {
  return {optim::lr_schedule_of(schedule), warmup, steps, decay_start};
}

void check_recipe(const Recipe& r) {
  const auto check_count = [](const char* name, std::int64_t value) {
    check(1 <= value && value <= 1'000'000'000, "train: {} must be between 1 and 10^9, given {}", name, value);
  };
  const auto check_finite = [](const char* name, double value) {
    check(std::isfinite(value) && value >= 0, "train: {} must be finite and at least 0, given {}", name, value);
  };
  models::check_dcgan(r.model());
  check_count("--steps", r.steps);
  check_count("--batch", r.batch);
  check_finite("--lr-g", r.lr_g);
  check_finite("--lr-d", r.lr_d);
  check_finite("--clip-grad-norm", r.clip_grad_norm);
  check(0 <= r.beta1 && r.beta1 < 1, "train: --beta1 must be in [0, 1), given {}", r.beta1);
  check(0 <= r.beta2 && r.beta2 < 1, "train: --beta2 must be in [0, 1), given {}", r.beta2);
  check(0 <= r.ema && r.ema < 1, "train: --ema must be in [0, 1), given {}", r.ema);
  models::check_gan_loss(r.gan_loss(), r.model().norm);
  optim::lr_schedule_of(r.schedule);
  check(r.seed >= 0, "train: --seed must be at least 0, given {}", r.seed);
  check(0 <= r.decay_start && r.decay_start < 1, "train: --decay-start must be in [0, 1), given {}", r.decay_start);
  check(0 <= r.warmup && r.warmup < r.steps, "train: --warmup must be from 0 to below the {} steps, given {}", r.steps,
        r.warmup);
}

Metadata to_metadata(const Recipe& recipe) {
  Metadata metadata;
  visit_recipe(recipe, [&](const char* name, const auto& value) { metadata[name] = fmt::format("{}", value); });
  return metadata;
}

Recipe recipe_from(const Metadata& metadata) {
  Recipe recipe;
  visit_recipe(recipe, [&]<class T>(const char* name, T& value) { value = read_metadata<T>(metadata, name); });
  return recipe;
}

}  // namespace wisp::apps
