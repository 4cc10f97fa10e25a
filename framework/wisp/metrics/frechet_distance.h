// The Frechet distance between sets of features: FID, when the features are those of a classifier.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp::metrics {

/// A normal distribution of D-dimensional features.
struct Gaussian {
  Tensor mean;        ///< f64 (D)
  Tensor covariance;  ///< f64 (D, D), symmetric
};

/// The mean of the rows of f32 (N, D) and their unbiased covariance, the sum of (x - mean) (x - mean)^T over N - 1.
/// Throws Error on another dtype or rank, fewer than 2 rows, or numbers that are not finite.
Gaussian fit_gaussian(const Tensor& features);

/// The squared Frechet (2-Wasserstein) distance of two normal distributions,
///   |m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2),
/// from 0 up; 0 only for equal ones. The last trace is computed as the sum of the singular values of C1^1/2 C2^1/2,
/// which keeps the digits that squaring loses. A covariance may be singular: its eigenvalues below D epsilon times the
/// largest are rounding and count as 0.
/// Throws Error when the shapes are not (D) and (D, D) with one D, on another dtype, or numbers that are not finite.
/// Source: Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash equilibrium", arXiv
/// 1706.08500, section 4, eq. 6; Dowson, Landau, "The Frechet distance between multivariate normal distributions",
/// 1982.
double frechet_distance(const Gaussian& a, const Gaussian& b);

}  // namespace wisp::metrics
