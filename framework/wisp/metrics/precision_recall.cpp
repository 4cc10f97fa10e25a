#include <wisp/metrics/precision_recall.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include <wisp/core/parallel.h>
#include <wisp/metrics/features.h>
#include <wisp/metrics/nearest_neighbors.h>
#include <wisp/metrics/pairs.h>

namespace wisp::metrics {
namespace {

// For each point, the number of balls it is in.
std::vector<std::int64_t> ball_counts(const Tensor& points, const Tensor& centres, const std::vector<float>& radii) {
  const detail::Pairs pairs("precision_recall", points, centres);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(pairs.queries()));
  const auto count = [&](std::int64_t i, std::int64_t start, std::span<const float> squares) {
    const double slack = pairs.slack(i);
    std::int64_t j = start;
    for (const float square : squares) {
      const double radius = radii[j], excess = square - radius * radius;
      counts[i] += std::abs(excess) > slack ? excess < 0 : pairs.distance(i, j) <= radii[j];
      ++j;
    }
  };
  parallel_for(pairs.queries(), detail::Pairs::query_block,
               [&](std::int64_t first, std::int64_t last) { pairs.visit_rough_squares(first, last, count); });
  return counts;
}

double share(std::int64_t count, const Tensor& rows) {
  return static_cast<double>(count) / static_cast<double>(rows.dim(0));
}

double share_in_any(const std::vector<std::int64_t>& counts, const Tensor& rows) {
  return share(std::count_if(counts.begin(), counts.end(), [](std::int64_t count) { return count > 0; }), rows);
}

}  // namespace

PrecisionRecall precision_recall(const Tensor& real, const Tensor& generated, int k) {
  constexpr const char* op = "precision_recall";
  detail::check_features(op, real, generated, 2);
  check(real.dim(0) == generated.dim(0), "{}: as many generated rows as real ones expected, given {} and {}", op,
        generated.dim(0), real.dim(0));
  check(1 <= k && k < real.dim(0), "{}: k must be from 1 to {}, given {}", op, real.dim(0) - 1, k);

  const std::vector<float> real_radii = kth_nearest_distances(real, k);
  const std::vector<std::int64_t> in_real = ball_counts(generated, real, real_radii);
  const std::vector<std::int64_t> in_generated = ball_counts(real, generated, kth_nearest_distances(generated, k));
  const std::vector<float> to_generated = nearest_distances(real, generated);
  std::int64_t covered = 0;
  for (std::size_t i = 0; i < to_generated.size(); ++i) covered += to_generated[i] <= real_radii[i];
  return {.precision = share_in_any(in_real, generated),
          .recall = share_in_any(in_generated, real),
          .density = share(std::accumulate(in_real.begin(), in_real.end(), std::int64_t{0}), generated) / k,
          .coverage = share(covered, real)};
}

double coverage_ceiling(int k) {
  check(k >= 1, "coverage_ceiling: k must be at least 1, given {}", k);
  return 1 - std::exp2(-k);
}

}  // namespace wisp::metrics
