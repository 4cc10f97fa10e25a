#include <apps/dcgan/evaluate/figures.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <wisp/metrics/classifier_scores.h>
#include <wisp/metrics/frechet_distance.h>
#include <wisp/metrics/kernel_distance.h>
#include <wisp/metrics/nearest_neighbors.h>
#include <wisp/metrics/precision_recall.h>
#include <wisp/metrics/spectrum.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t floor_sets = 5, most_in_pairs = 10'000;

Spread spread_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / (n - 1))};
}

double fid(const metrics::Gaussian& real, const JudgedImages& generated) {
  return metrics::frechet_distance(real, metrics::fit_gaussian(generated.features));
}

double digit_kl(const std::vector<double>& real, const JudgedImages& generated) {
  return metrics::kl_divergence(metrics::class_histogram(generated.probabilities), real);
}

}  // namespace

Figures figures_of(const JudgedImages& real, const JudgedImages& generated) {
  check(generated.count() >= 2, "at least 2 images are needed to judge them, there are {}", generated.count());
  const std::int64_t pairs = std::min({generated.count(), real.count(), most_in_pairs});
  const metrics::PrecisionRecall pr =
      metrics::precision_recall(real.features.narrow(0, 0, pairs), generated.features.narrow(0, 0, pairs),
                                static_cast<int>(std::min<std::int64_t>(neighbours, pairs - 1)));
  return {.fid = fid(metrics::fit_gaussian(real.features), generated),
          .kid = metrics::kernel_distance(real.features, generated.features),
          .is = metrics::inception_score(generated.probabilities),
          .digit_kl = digit_kl(metrics::class_histogram(real.probabilities), generated),
          .precision = pr.precision,
          .recall = pr.recall,
          .density = pr.density,
          .coverage = pr.coverage,
          .confident = metrics::confident_share(generated.probabilities),
          .checkerboard = metrics::grid_energy(generated.images) / metrics::grid_energy(real.images)};
}

double memorisation(const Reference& reference, const JudgedImages& generated) {
  std::vector<float> expected = reference.nearest;
  const auto hundredth = expected.begin() + static_cast<std::ptrdiff_t>(expected.size() / 100);
  std::nth_element(expected.begin(), hundredth, expected.end());
  const Tensor images = generated.images.narrow(0, 0, std::min(generated.count(), Reference::nearest_count));
  const std::vector<float> found =
      metrics::nearest_distances(pixel_rows(images), pixel_rows(reference.training.images));
  const auto near = std::count_if(found.begin(), found.end(), [&](float x) { return x < *hundredth; });
  return static_cast<double>(near) / static_cast<double>(found.size());
}

Floor floor_of(const Reference& reference, std::int64_t count) {
  const std::int64_t set = std::clamp<std::int64_t>(count, 2, reference.training.count() / floor_sets);
  const metrics::Gaussian real = metrics::fit_gaussian(reference.real.features);
  const std::vector<double> histogram = metrics::class_histogram(reference.real.probabilities);
  std::vector<double> fids, kls;
  for (std::int64_t i = 0; i < floor_sets; ++i) {
    const JudgedImages images = reference.training.part(i * set, set);
    fids.push_back(fid(real, images));
    kls.push_back(digit_kl(histogram, images));
  }
  return {spread_of(fids), spread_of(kls)};
}

}  // namespace wisp::apps
