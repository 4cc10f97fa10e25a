// The directions of a latent space along which a network's first layer answers most.
#pragma once

#include <cstdint>

#include <wisp/core/tensor.h>

namespace wisp::models {

struct PrincipalDirections {
  /// f32 (count, N): orthonormal rows, the strongest first. The number of a row with the largest magnitude is positive.
  Tensor directions;
  /// f32 (count): the share of each direction in the variance of the outputs, from 0 to 1; 0 where all responses are 0.
  Tensor shares;
};

/// `responses` is f32 (N, D): row i is what the layer adds to its D outputs for each unit of latent coordinate i, so
/// that its outputs are A z + b with A = responses^T. The directions are the eigenvectors of A^T A with the `count`
/// largest eigenvalues: of all unit vectors n those that change the outputs most, |A n|. For z from N(0, I) the
/// outputs' covariance is A A^T, whose principal components are A n, with the same eigenvalues as variances.
/// Throws Error on another dtype or rank, numbers that are not finite, N above 1024 or a count not between 1 and N.
/// Source: Shen, Zhou, "Closed-form factorization of latent semantics in GANs", arXiv 2007.06600, section 3.2, eq. 6;
/// the same by sampling: Härkönen, Hertzmann, Lehtinen, Paris, "GANSpace", arXiv 2004.02546, section 2.1.
PrincipalDirections principal_directions(const Tensor& responses, std::int64_t count);

}  // namespace wisp::models
