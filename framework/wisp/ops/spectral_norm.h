// spectral_norm: a weight divided by its largest singular value.
//
// Source: Miyato, Kataoka, Koyama, Yoshida, "Spectral normalization for generative adversarial networks", arXiv
// 1802.05957, section 2.1 and algorithm 1.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp {

/// Estimates of the singular vectors that belong to the largest singular value of a weight W (out, ...), f32 or f64,
/// seen as a matrix of `out` rows.
struct SingularVectors {
  Tensor u;  ///< (out)
  Tensor v;  ///< a row: as the weight, but with first extent 1
};

/// One step of the power method: u = W v / |W v|, then v = W^T u / |W^T u|; lengths below eps count as eps. Only v is
/// looked at. Nothing is recorded. Throws Error when the shapes do not fit.
SingularVectors power_iteration(const Tensor& weight, const SingularVectors& vectors, double eps = 1e-12);

/// W / sigma with sigma = u^T W v. u and v are constants, so the gradient is (g - <g, W / sigma> u v^T) / sigma. Throws
/// Error when the shapes do not fit.
Tensor spectral_norm(const Tensor& weight, const SingularVectors& vectors);

}  // namespace wisp
