// Watch: sees from the log when training goes wrong, and says so in a sentence.
#pragma once

#include <string>
#include <vector>

#include <apps/dcgan/train_log.h>

namespace wisp::apps {

/// The text of the alarm that a number of the step's losses or gradients is infinite or not a number; "" where all are
/// finite.
std::string not_finite_alarm(std::int64_t step, const models::GanStepResult& result);

/// Watches three conditions, each of which must hold for `patience` rows on end to raise its alarm, and be gone for as
/// many before it can raise it again:
///
///   the discriminator wins   it tells all real from all generated images, and the generator's gradient is below
///                            `vanishing` times the median of its rows so far
///   the generator collapses  the spread of generated images is below `collapsed` times that of real ones
///   it is constant           ... below `constant` times
///
/// The last two wait for `grace` steps: every generator begins with grey images.
class Watch {
 public:
  static constexpr int patience = 10;
  static constexpr std::int64_t grace = 300;
  static constexpr double vanishing = 0.02, collapsed = 0.1, constant = 0.01;

  /// The alarms that this row raises, a sentence and an advice each.
  std::vector<std::string> observe(const LogRow& row);

 private:
  struct Condition {
    int held = 0, gone = 0;  // rows on end
    bool raised = false;

    /// Whether the alarm begins now.
    bool update(bool holds);
  };

  Condition discriminator_wins_, collapse_, constant_;
  std::vector<double> gradient_norms_;  // of the generator, sorted
};

}  // namespace wisp::apps
