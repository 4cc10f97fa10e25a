// Distances to nearest neighbours, by comparing all pairs.
#pragma once

#include <cstdint>
#include <vector>

#include <wisp/core/tensor.h>

namespace wisp::metrics {

/// A row of a set and its Euclidean distance.
struct Neighbor {
  std::int64_t row = 0;
  float distance = 0;
};

/// For each row of queries (N, D), the nearest row of references (M, D); of several the first. The sums are those of
/// double, rounded to f32: exactly 0 for a copy.
/// Throws Error when a set is not f32 of rank 2, has no rows, numbers that are not finite or a row with a norm of 1e18
/// or more, or when the widths differ.
std::vector<Neighbor> nearest_neighbors(const Tensor& queries, const Tensor& references);

/// The distances of nearest_neighbors.
std::vector<float> nearest_distances(const Tensor& queries, const Tensor& references);

/// For each row of points (N, D), the Euclidean distance to the k-th nearest of the other rows. Throws Error as above,
/// and when k is not from 1 to N - 1.
std::vector<float> kth_nearest_distances(const Tensor& points, int k);

}  // namespace wisp::metrics
