// TrainingLength: until when to train, and the steps that this comes to.
#pragma once

#include <cstdint>
#include <optional>

#include <apps/dcgan/recipe.h>
#include <wisp/data/data_loader.h>

namespace wisp::apps {

/// One of these at most. Without one, 5 epochs, or the end that a run that goes on was planned for.
struct TrainingLength {
  std::optional<std::int64_t> epochs = {};
  std::optional<std::int64_t> steps = {};
  std::optional<double> minutes = {};  ///< from now on
};

/// Throws Error when several are given, or one is out of range.
void check_length(const TrainingLength& length);

/// The steps of the whole training, of which `done` are done. Minutes become the steps that fit, found by timing some
/// on networks that are thrown away; where the judge `evaluates`, it takes some of the time.
std::int64_t planned_steps(const TrainingLength& length, const Recipe& recipe, DataLoader& loader, std::int64_t done,
                           bool evaluates);

}  // namespace wisp::apps
