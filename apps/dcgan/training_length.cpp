#include <apps/dcgan/training_length.h>

#include <algorithm>
#include <cmath>

#include <apps/common/stopwatch.h>
#include <apps/dcgan/training.h>

namespace wisp::apps {
namespace {

std::int64_t steps_within(double seconds, Recipe recipe, DataLoader& loader) {
  constexpr std::int64_t warm_up = 3, most = 400;
  const Stopwatch all;
  recipe.schedule = {.steps = warm_up + most};
  Training trial(recipe);
  const Batch images = loader.batch(0, 0);
  for (std::int64_t i = 0; i < warm_up; ++i) trial.step(images, true);
  const Stopwatch clock;
  std::int64_t steps = 0;
  while (++steps < most && all.seconds() < seconds / 50) trial.step(images, false);
  trial.step(images, false);
  const double rate = static_cast<double>(steps) / clock.seconds();
  return std::llround(std::clamp(rate * (seconds - all.seconds()), 1.0, 1e9));
}

}  // namespace

void check_length(const TrainingLength& length) {
  const int given = length.epochs.has_value() + length.steps.has_value() + length.minutes.has_value();
  check(given <= 1, "train: give one of --epochs, --steps and --minutes, not {}", given);
  for (const auto& [name, count] : {std::pair{"--epochs", length.epochs}, std::pair{"--steps", length.steps}})
    check(!count || (1 <= *count && *count <= 1'000'000'000), "train: {} must be between 1 and 10^9, given {}", name,
          count.value_or(0));
  check(!length.minutes || (std::isfinite(*length.minutes) && *length.minutes > 0),
        "train: --minutes must be finite and above 0, given {}", length.minutes.value_or(0));
}

std::int64_t planned_steps(const TrainingLength& length, const Recipe& recipe, DataLoader& loader, std::int64_t done,
                           bool evaluates) {
  constexpr double share_of_steps = 0.95;  // of the time, evaluations take the rest
  if (length.steps) return *length.steps;
  if (length.minutes)
    return done + steps_within(60 * *length.minutes * (evaluates ? share_of_steps : 1), recipe, loader);
  if (length.epochs) return *length.epochs * loader.size();
  return recipe.schedule.steps > 0 ? recipe.schedule.steps : 5 * loader.size();
}

}  // namespace wisp::apps
