// The kernel distance between sets of features: KID, when the features are those of a classifier.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp::metrics {

/// The unbiased estimate of the squared maximum mean discrepancy between the rows of x (N, D) and of y (M, D), with
/// k(a, b) = (a.b / D + 1)^3:
///   mean of k(x_i, x_j) over i != j + mean of k(y_i, y_j) over i != j - 2 mean of k(x_i, y_j).
/// Its expectation is 0 for sets from one distribution, so it may be below 0. All pairs are used, in double.
/// Throws Error when x or y is not f32 of rank 2, has fewer than 2 rows or numbers that are not finite, or when the
/// widths differ.
/// Source: Binkowski et al., "Demystifying MMD GANs", arXiv 1801.01401, section 4.
double kernel_distance(const Tensor& x, const Tensor& y);

}  // namespace wisp::metrics
