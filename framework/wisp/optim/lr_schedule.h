// Learning-rate schedules: what a step's learning rate is multiplied by.
#pragma once

#include <cstdint>
#include <string_view>

namespace wisp::optim {

/// How the learning rate falls once it has warmed up.
enum class LRSchedule { constant, linear, cosine };

/// "constant", "linear" or "cosine".
const char* name_of(LRSchedule schedule);

/// The schedule of that name. Throws Error when there is none.
LRSchedule lr_schedule_of(std::string_view name);

struct LRScheduleOptions {
  LRSchedule schedule = LRSchedule::constant;
  std::int64_t warmup = 0;  ///< steps
  std::int64_t steps = 1;   ///< of the whole training
  double decay_start = 0;   ///< share of the steps behind the warm-up at the full learning rate, in [0, 1)
};

/// The factor for step `step`, from 0 on. In the warm-up it is (step + 1) / (warmup + 1) (Goyal et al., "Accurate,
/// large minibatch SGD", arXiv 1706.02677, section 2.2); then it is 1 for the share decay_start of the steps left;
/// then, with t the share that is done of those left after that: constant 1, linear 1 - t, cosine (1 + cos(pi t)) / 2
/// (Loshchilov, Hutter, "SGDR", arXiv 1608.03983, eq. 5). From step `steps` on it stays what it was at the last step.
/// Throws Error when warmup is negative or not below steps, or decay_start is outside [0, 1).
double lr_factor(const LRScheduleOptions& options, std::int64_t step);

}  // namespace wisp::optim
