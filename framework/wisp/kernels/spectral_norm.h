// Spectral normalisation of a weight, seen as a row-major matrix W of rows x columns: its power iteration, and division
// by sigma = u^T W v. T is float or double; u and v have length 1.
//
// Source: Miyato, Kataoka, Koyama, Yoshida, "Spectral normalization for generative adversarial networks", arXiv
// 1802.05957, section 2.1 and algorithm 1.
#pragma once

#include <cstdint>

namespace wisp::kernels {

struct MatrixExtents {
  std::int64_t rows;
  std::int64_t columns;
};

/// u = W v / max(|W v|, eps), then next_v = W^T u / max(|W^T u|, eps).
template <class T>
void power_iteration(const MatrixExtents& extents, const T* w, const T* v, double eps, T* u, T* next_v);

/// out = W / sigma. Returns sigma.
template <class T>
double spectral_norm(const MatrixExtents& extents, const T* w, const T* u, const T* v, T* out);

/// grad = (g - <g, W / sigma> u v^T) / sigma, the gradient of spectral_norm where u and v are constants.
template <class T>
void spectral_norm_backward(const MatrixExtents& extents, const T* g, const T* w, const T* u, const T* v, double sigma,
                            T* grad);

}  // namespace wisp::kernels
