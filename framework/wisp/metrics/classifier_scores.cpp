#include <wisp/metrics/classifier_scores.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include <wisp/metrics/features.h>
#include <wisp/ops/arguments.h>

namespace wisp::metrics {
namespace {

// The rows, once they are known to be probabilities.
std::vector<std::span<const float>> checked_rows(const char* op, const Tensor& probabilities) {
  detail::check_features(op, probabilities, 1);
  const auto classes = static_cast<std::size_t>(probabilities.dim(1));
  std::vector<std::span<const float>> rows;
  for (std::int64_t i = 0; i < probabilities.dim(0); ++i) {
    const std::span row(probabilities.data<float>() + i * probabilities.dim(1), classes);
    const auto [least, most] = std::minmax_element(row.begin(), row.end());
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    check(*least >= 0 && *most <= 1 && std::abs(sum - 1) <= 1e-3,
          "{}: a row must be probabilities, given row {} from {} to {} with sum {}", op, i, *least, *most, sum);
    rows.push_back(row);
  }
  return rows;
}

std::size_t most_probable(std::span<const float> row) {
  return static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

double divergence_term(double p, double q) { return p == 0 ? 0 : p * std::log(p / q); }

}  // namespace

double inception_score(const Tensor& probabilities) {
  const auto rows = checked_rows("inception_score", probabilities);
  std::vector<double> marginal(rows.front().size());
  for (const auto row : rows)
    for (std::size_t k = 0; k < row.size(); ++k) marginal[k] += row[k];
  for (double& mean : marginal) mean /= static_cast<double>(rows.size());
  double total = 0;
  for (const auto row : rows)
    for (std::size_t k = 0; k < row.size(); ++k) total += divergence_term(row[k], marginal[k]);
  return std::exp(total / static_cast<double>(rows.size()));
}

std::vector<double> class_histogram(const Tensor& probabilities) {
  const auto rows = checked_rows("class_histogram", probabilities);
  std::vector<double> shares(rows.front().size());
  for (const auto row : rows) ++shares[most_probable(row)];
  for (double& share : shares) share /= static_cast<double>(rows.size());
  return shares;
}

double label_accuracy(const Tensor& probabilities, const Tensor& labels) {
  const auto rows = checked_rows("label_accuracy", probabilities);
  const auto count = static_cast<std::int64_t>(rows.size());
  check(labels.dtype() == DType::i64 && labels.shape() == Shape{count},
        "label_accuracy: labels must be i64 {}, given {} {}", Shape{count}, name_of(labels.dtype()), labels.shape());
  check_classes("label_accuracy", labels, probabilities.dim(1));
  const std::vector<std::int64_t> expected = labels.values<std::int64_t>();
  std::int64_t right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    right += static_cast<std::int64_t>(most_probable(rows[i])) == expected[i];
  return static_cast<double>(right) / static_cast<double>(count);
}

double kl_divergence(const std::vector<double>& p, const std::vector<double>& q, double smoothing) {
  check(p.size() == q.size() && !p.empty(), "kl_divergence: histograms of the same classes expected, given {} and {}",
        p.size(), q.size());
  check(smoothing > 0 && std::isfinite(smoothing), "kl_divergence: smoothing must be above 0, given {}", smoothing);
  for (const auto* histogram : {&p, &q})
    for (const double share : *histogram)
      check(share >= 0 && std::isfinite(share), "kl_divergence: a share must be 0 or more, given {}", share);
  const double scale = 1 / (1 + static_cast<double>(p.size()) * smoothing);
  double total = 0;
  for (std::size_t k = 0; k < p.size(); ++k)
    total += divergence_term((p[k] + smoothing) * scale, (q[k] + smoothing) * scale);
  return total;
}

double confident_share(const Tensor& probabilities, double threshold) {
  check(0 <= threshold && threshold <= 1, "confident_share: threshold must be in [0, 1], given {}", threshold);
  const auto rows = checked_rows("confident_share", probabilities);
  const auto confident = std::count_if(rows.begin(), rows.end(), [&](std::span<const float> row) {
    return *std::max_element(row.begin(), row.end()) >= static_cast<float>(threshold);
  });
  return static_cast<double>(confident) / static_cast<double>(rows.size());
}

}  // namespace wisp::metrics
