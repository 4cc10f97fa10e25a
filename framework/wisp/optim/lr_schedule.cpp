#include <wisp/optim/lr_schedule.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <wisp/core/error.h>

namespace wisp::optim {
namespace {

constexpr std::array<const char*, 3> names = {"constant", "linear", "cosine"};

}  // namespace

const char* name_of(LRSchedule schedule) { return names[static_cast<std::size_t>(schedule)]; }

LRSchedule lr_schedule_of(std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  check(found != names.end(), "schedule must be constant, linear or cosine, given {}", name);
  return static_cast<LRSchedule>(found - names.begin());
}

double lr_factor(const LRScheduleOptions& options, std::int64_t step) {
  const auto [schedule, warmup, steps, decay_start] = options;
  check(0 <= warmup && warmup < steps, "lr_factor: warmup must be from 0 to below the {} steps, given {}", steps,
        warmup);
  check(0 <= decay_start && decay_start < 1, "lr_factor: decay_start must be in [0, 1), given {}", decay_start);
  if (step < warmup) return static_cast<double>(step + 1) / static_cast<double>(warmup + 1);
  const double done = static_cast<double>(std::min(step, steps - 1) - warmup) / static_cast<double>(steps - warmup);
  const double t = std::max(done - decay_start, 0.0) / (1 - decay_start);
  switch (schedule) {
    case LRSchedule::linear: return 1 - t;
    case LRSchedule::cosine: return (1 + std::cos(std::numbers::pi * t)) / 2;
    default: return 1;
  }
}

}  // namespace wisp::optim
