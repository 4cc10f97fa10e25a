#include <apps/dcgan/recipe.h>

#include <cmath>

#include <fmt/ranges.h>

#include <wisp/kernels/registry.h>

namespace wisp::apps {
namespace {

// Sets the members that follow from the loss, unless they were given.
void follow_loss(Recipe& recipe, const Metadata& given) {
  const bool penalized = models::has_penalty(recipe.loss.loss);
  if (!given.contains("penalty")) {
    recipe.loss.penalty.reset();
    if (penalized) recipe.loss.penalty = models::penalty_weight(recipe.loss);
  }
  if (given.contains("norm")) return;
  if (penalized)
    recipe.model.norm = models::Norm::none;
  else if (recipe.model.norm == models::Norm::none)
    recipe.model.norm = Recipe{}.model.norm;
}

Recipe r3gan() {
  Recipe recipe;
  recipe.loss.loss = models::GanLoss::r3gan;
  recipe.model.discriminator_blocks = 0;
  follow_loss(recipe, {});
  return recipe;
}

Recipe classic() {
  Recipe recipe{.model = {}, .loss = {}, .schedule = {.steps = 0}};
  recipe.lr_g = recipe.lr_d = 2e-4;
  recipe.beta1 = 0.5;
  recipe.beta2 = 0.999;
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

Recipe changed(const Recipe& recipe, const Metadata& given) {
  Metadata metadata = to_metadata(recipe);
  for (auto& [name, text] : metadata)
    if (const auto found = given.find(name); found != given.end()) text = found->second;
  return recipe_from(metadata);
}

Recipe completed(const Recipe& defaults, const Metadata& given) {
  Recipe result = changed(defaults, given);
  follow_loss(result, given);
  return result;
}

Backend resolved(Backend backend) {
  return backend == Backend::automatic && !kernels::has_onednn ? Backend::native : backend;
}

void check_recipe(const Recipe& r) {
  const auto check_finite = [](const char* name, double value) {
    check(std::isfinite(value) && value >= 0, "train: {} must be finite and at least 0, given {}", name, value);
  };
  const auto check_share = [](const char* name, double value) {
    check(0 <= value && value < 1, "train: {} must be in [0, 1), given {}", name, value);
  };
  models::check_dcgan(r.model);
  models::check_gan_loss(r.loss, r.model.norm);
  check(1 <= r.batch && r.batch <= 1'000'000'000, "train: --batch must be between 1 and 10^9, given {}", r.batch);
  check_finite("--lr-g", r.lr_g);
  check_finite("--lr-d", r.lr_d);
  check_finite("--clip-grad-norm", r.clip_grad_norm);
  check_share("--beta1", r.beta1);
  check_share("--beta2", r.beta2);
  check_share("--ema", r.ema);
  check_share("--decay-start", r.schedule.decay_start);
  check(r.seed >= 0, "train: --seed must be at least 0, given {}", r.seed);
  check(r.schedule.warmup >= 0, "train: --warmup must be at least 0, given {}", r.schedule.warmup);
}

Metadata to_metadata(const Recipe& recipe) {
  Metadata metadata;
  visit_recipe(recipe, [&](const char* name, const auto& value, auto) { metadata[name] = text_of(value); });
  return metadata;
}

Recipe recipe_from(const Metadata& metadata) {
  Recipe recipe;
  visit_recipe(recipe, [&](const char* name, auto& value, auto) {
    read_text(name, read_metadata<std::string>(metadata, name), value);
  });
  if (!models::has_penalty(recipe.loss.loss) && recipe.loss.penalty == 0) recipe.loss.penalty.reset();
  return recipe;
}

nlohmann::json to_json(const Recipe& recipe) {
  nlohmann::json json;
  visit_recipe(recipe, [&](const char* name, const auto& value, auto) { json[name] = json_of(value); });
  return json;
}

}  // namespace wisp::apps
