// How much of the generated is real-looking, and how much of the real is generated.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp::metrics {

/// See precision_recall.
struct PrecisionRecall {
  double precision;  ///< share of generated rows in the ball of any real row: in [0, 1]
  double recall;     ///< share of real rows in the ball of any generated row: in [0, 1]
  double density;    ///< mean number of real balls a generated row is in, over k: from 0, may exceed 1
  double coverage;   ///< share of real rows whose ball holds a generated row: in [0, 1]
};

/// Compares real and generated features, (N, D) each. The ball of a row reaches to its k-th nearest neighbour in its
/// own set, which it includes. Throws Error when the sets are not f32 of rank 2 and of one shape, on numbers that are
/// not finite or a row with a norm of 1e18 or more, or when k is not from 1 to N - 1. Source: Kynkaanniemi et al.,
/// "Improved precision and recall metric for assessing generative models", arXiv 1904.06991, section 2; density and
/// coverage: Naeem et al., "Reliable fidelity and diversity metrics for generative models", arXiv 2002.09797,
/// section 3.
PrecisionRecall precision_recall(const Tensor& real, const Tensor& generated, int k = 5);

/// 1 - 2^-k: the coverage to expect of equally large sets from one distribution, the more rows the closer. Throws Error
/// when k is below 1. Source: Naeem et al., arXiv 2002.09797, section 3.3.
double coverage_ceiling(int k);

}  // namespace wisp::metrics
