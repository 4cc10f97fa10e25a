#include <apps/dcgan/watch.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace wisp::apps {

std::string not_finite_alarm(std::int64_t step, const models::GanStepResult& r) {
  double sum = r.d_loss_real + r.d_loss_fake + r.g_loss + r.penalty;
  if (r.measures) sum += r.measures->d_grad_norm + r.measures->g_grad_norm;
  if (std::isfinite(sum)) return "";
  return fmt::format(
      "step {}: a loss or gradient is not finite (D {:.3g} + {:.3g}, G {:.3g}); lower --lr-d and --lr-g, or clip with "
      "--clip-grad-norm 1",
      step, r.d_loss_real, r.d_loss_fake, r.g_loss);
}

bool Watch::Condition::update(bool holds) {
  held = holds ? held + 1 : 0;
  gone = holds ? 0 : gone + 1;
  if (gone == patience) raised = false;
  if (raised || held < patience) return false;
  return raised = true;
}

std::vector<std::string> Watch::observe(const LogRow& row) {
  const models::GanMeasures& m = *row.result.measures;
  const bool began = row.step >= grace;
  std::vector<std::string> alarms;
  const double median = gradient_norms_.empty() ? 0 : gradient_norms_[gradient_norms_.size() / 2];
  gradient_norms_.insert(std::upper_bound(gradient_norms_.begin(), gradient_norms_.end(), m.g_grad_norm),
                         m.g_grad_norm);
  if (discriminator_wins_.update(m.d_accuracy_real == 1 && m.d_accuracy_fake == 1 &&
                                 m.g_grad_norm < vanishing * median))
    alarms.push_back(fmt::format(
        "step {}: the discriminator wins: it has told every image for {} rows of the log, and the generator's gradient "
        "has shrunk to {:.2g} (median {:.2g}); lower --lr-d, or use --label-smoothing 0.1 or --loss hinge",
        row.step, patience, m.g_grad_norm, median));
  const bool is_constant = began && m.spread < constant * m.spread_real;
  if (constant_.update(is_constant))
    alarms.push_back(fmt::format(
        "step {}: the generator is constant: its images differ by {:.2g}, real ones by {:.2g}; raise --lr-g, lower "
        "--lr-d, or begin again with another --seed",
        row.step, m.spread, m.spread_real));
  if (collapse_.update(began && !is_constant && m.spread < collapsed * m.spread_real))
    alarms.push_back(fmt::format(
        "step {}: the generator collapses: its images differ by {:.2g}, real ones by {:.2g}; {}", row.step, m.spread,
        m.spread_real, m.d_accuracy_fake < 1 ? "raise --lr-d or lower --lr-g" : "lower --lr-d or raise --lr-g"));
  return alarms;
}

}  // namespace wisp::apps
