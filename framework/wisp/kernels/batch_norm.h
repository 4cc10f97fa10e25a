// Batch normalisation of a (rows, channels) matrix, channel innermost: an N,C,H,W image batch in channels-last memory
// with rows = N H W, or an N,C matrix.
//
// Source: Ioffe, Szegedy, "Batch normalization", arXiv 1502.03167, algorithm 1.
#pragma once

#include <cstdint>

namespace wisp::kernels {

/// mean[c] = mean over rows of x[r, c]; variance[c] = mean over rows of (x[r, c] - mean[c])^2.
template <class T>
void batch_norm_statistics(std::int64_t rows, std::int64_t channels, const T* x, T* mean, T* variance);

/// y[r, c] = (x[r, c] - mean[c]) inverse_deviation[c] weight[c] + bias[c].
template <class T>
void batch_norm_normalize(std::int64_t rows, std::int64_t channels, const T* x, const T* mean,
                          const T* inverse_deviation, const T* weight, const T* bias, T* y);

/// The gradients of batch_norm_normalize with the statistics of the batch, where h = (x - mean) inverse_deviation:
///   grad_bias[c]   = sum over rows of g[r, c]
///   grad_weight[c] = sum over rows of g[r, c] h[r, c]
///   grad_x[r, c]   = weight[c] inverse_deviation[c] (g[r, c] - grad_bias[c] / rows - h[r, c] grad_weight[c] / rows)
template <class T>
void batch_norm_backward(std::int64_t rows, std::int64_t channels, const T* g, const T* x, const T* mean,
                         const T* inverse_deviation, const T* weight, T* grad_x, T* grad_weight, T* grad_bias);

}  // namespace wisp::kernels
