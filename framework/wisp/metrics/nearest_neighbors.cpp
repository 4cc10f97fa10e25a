#include <wisp/metrics/nearest_neighbors.h>

#include <algorithm>
#include <limits>
#include <queue>
#include <utility>

#include <wisp/core/parallel.h>
#include <wisp/metrics/features.h>
#include <wisp/metrics/pairs.h>

namespace wisp::metrics {
namespace {

using detail::Pairs;

// The references that may be among the k nearest of a query: those whose rough square exceeds the k-th smallest by no
// more than twice the error that it may have.
class Candidates {
 public:
  Candidates(int k, double slack) : k_(static_cast<std::size_t>(k)), slack_(slack) {}

  double limit() const { return limit_; }

  void add(float square, std::int64_t reference) {
    found_.push_back({square, reference});
    smallest_.push(square);
    if (smallest_.size() > k_) smallest_.pop();
    if (smallest_.size() == k_) limit_ = smallest_.top() + 2 * slack_;
  }

  // The k-th nearest, by distances that are exact; of equal ones the first in the set.
  template <class Distance>
  Neighbor kth(Distance distance) const {
    std::vector<Neighbor> neighbors;
    for (const auto& [square, reference] : found_)
      if (square <= limit_) neighbors.push_back({reference, distance(reference)});
    const auto at = neighbors.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
    std::nth_element(neighbors.begin(), at, neighbors.end(), [](const Neighbor& a, const Neighbor& b) {
      return std::pair(a.distance, a.row) < std::pair(b.distance, b.row);
    });
    return *at;
  }

 private:
  struct Found {
    float square;
    std::int64_t reference;
  };
  std::size_t k_;
  double slack_, limit_ = std::numeric_limits<double>::infinity();
  std::priority_queue<float> smallest_;  // the k smallest, the largest on top
  std::vector<Found> found_;
};

// Where the references are the queries, `among_itself`, a row is no neighbour of its own.
std::vector<Neighbor> kth_neighbors(const Pairs& pairs, int k, bool among_itself) {
  std::vector<Neighbor> neighbors(static_cast<std::size_t>(pairs.queries()));
  parallel_for(pairs.queries(), Pairs::query_block, [&](std::int64_t first, std::int64_t last) {
    std::vector<Candidates> candidates;
    for (std::int64_t i = first; i < last; ++i) candidates.emplace_back(k, pairs.slack(i));
    pairs.visit_rough_squares(first, last, [&](std::int64_t i, std::int64_t start, std::span<const float> squares) {
      Candidates& found = candidates[i - first];
      std::int64_t j = start;
      for (const float square : squares) {
        if (square <= found.limit() && !(among_itself && j == i)) found.add(square, j);
        ++j;
      }
    });
    for (std::int64_t i = first; i < last; ++i)
      neighbors[i] = candidates[i - first].kth([&](std::int64_t j) { return pairs.distance(i, j); });
  });
  return neighbors;
}

std::vector<float> distances_of(const std::vector<Neighbor>& neighbors) {
  std::vector<float> distances;
  for (const Neighbor& neighbor : neighbors) distances.push_back(neighbor.distance);
  return distances;
}

std::vector<Neighbor> nearest(const char* op, const Tensor& queries, const Tensor& references) {
  detail::check_features(op, queries, references, 1);
  return kth_neighbors(Pairs(op, queries, references), 1, false);
}

}  // namespace

std::vector<Neighbor> nearest_neighbors(const Tensor& queries, const Tensor& references) {
  return nearest("nearest_neighbors", queries, references);
}

std::vector<float> nearest_distances(const Tensor& queries, const Tensor& references) {
  return distances_of(nearest("nearest_distances", queries, references));
}

std::vector<float> kth_nearest_distances(const Tensor& points, int k) {
  detail::check_features("kth_nearest_distances", points, 2);
  check(1 <= k && k < points.dim(0), "kth_nearest_distances: k must be from 1 to {}, given {}", points.dim(0) - 1, k);
  return distances_of(kth_neighbors(Pairs("kth_nearest_distances", points, points), k, true));
}

}  // namespace wisp::metrics
