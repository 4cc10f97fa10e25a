#include <wisp/metrics/nearest_neighbors.h>

#include <algorithm>
#include <limits>
#include <utility>

#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>
#include <wisp/metrics/features.h>
#include <wisp/metrics/pairs.h>

namespace wisp::metrics {
namespace {

// The references that may be among a query's k nearest: those whose rough square is at most the k-th smallest and twice
// its error.
class Candidates {
 public:
  Candidates(int k, double slack) : k_(static_cast<std::size_t>(k)), slack_(slack) {}

  double limit() const { return limit_; }

  void add(float square, std::int64_t reference) {
    found_.push_back({square, reference});
    if (smallest_.size() < k_ || square < smallest_.front()) {
      smallest_.push_back(square);
      std::push_heap(smallest_.begin(), smallest_.end());
      if (smallest_.size() > k_) {
        std::pop_heap(smallest_.begin(), smallest_.end());
        smallest_.pop_back();
      }
      if (smallest_.size() == k_) limit_ = smallest_.front() + 2 * slack_;
    }
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
  std::vector<float> smallest_;  // a heap, the largest in front
  std::vector<Found> found_;
};

// `among_itself` when the references are the queries: a row is then no neighbour of its own.
std::vector<Neighbor> kth_neighbors(const Pairs& pairs, int k, bool among_itself) {
  std::vector<Neighbor> neighbors(static_cast<std::size_t>(pairs.queries()));
  parallel_for(pairs.queries(), Pairs::query_block, [&](std::int64_t first, std::int64_t last) {
    Scratch<float> squares((last - first) * Pairs::reference_block);
    std::vector<Candidates> candidates;
    for (std::int64_t i = first; i < last; ++i) candidates.emplace_back(k, pairs.slack(i));
    for (std::int64_t start = 0; start < pairs.references(); start += Pairs::reference_block) {
      const std::int64_t count = std::min(Pairs::reference_block, pairs.references() - start);
      pairs.rough_squares(first, last, start, squares.data());
      for (std::int64_t i = first; i < last; ++i) {
        const float* row = squares.data() + (i - first) * Pairs::reference_block;
        Candidates& found = candidates[i - first];
        for (std::int64_t j = 0; j < count; ++j)
          if (row[j] <= found.limit() && !(among_itself && start + j == i)) found.add(row[j], start + j);
      }
    }
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
  check_features(op, queries, references, 1);
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
  check_features("kth_nearest_distances", points, 2);
  check(1 <= k && k < points.dim(0), "kth_nearest_distances: k must be from 1 to {}, given {}", points.dim(0) - 1, k);
  return distances_of(kth_neighbors(Pairs("kth_nearest_distances", points, points), k, true));
}

}  // namespace wisp::metrics
