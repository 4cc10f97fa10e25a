// spectral_norm: a weight divided by its largest singular value.
//
// Source: Miyato, Kataoka, Koyama, Yoshida, "Spectral normalization for generative adversarial networks", arXiv
// 1802.05957, section 2.1 and algorithm 1.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp {

/// Estimates of the singular vectors that belong to the largest singular value of a weight W (out, ...), f32 or f64,
/// seen as a matrix of `out` rows. Both are of the weight's dtype.
struct SingularVectors {
  Tensor u;  ///< (out)
  Tensor v;  ///< a row: as the weight, but with first extent 1
};

/// The shape of v for this weight. Throws Error when the weight has no extents.
Shape row_shape(const Tensor& weight);

/// One step of the power method: u = W v / |W v|, then v = W^T u / |W^T u|; lengths below eps count as eps. Nothing is
/// recorded, and v itself stays as it is. Throws Error when the weight's rank is below 2, it is empty, or v does not
/// fit.
SingularVectors power_iteration(const Tensor& weight, const Tensor& v, double eps = 1e-12);

/// W / sigma with sigma = u^T W v. u and v are constants, so the gradient is (g - <g, W / sigma> u v^T) / sigma. Where
/// sigma is 0 the result is not finite. Throws Error like power_iteration.
Tensor spectral_norm(const Tensor& weight, const SingularVectors& vectors);

}  // namespace wisp
