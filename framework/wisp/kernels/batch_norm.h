// Batch normalisation of a (rows, channels) matrix, channel innermost: an N,C,H,W image batch in channels-last memory
// with rows = N H W, or an N,C matrix; and the leaky ReLU behind it, in the same pass.
//
// Images are of T: float, double or bfloat16; statistics, weights and biases of compute_t<T>. What follows the
// normalisation is f(v) = v where v > 0, else slope v: 1 for nothing, 0 for ReLU.
// Source: Ioffe, Szegedy, "Batch normalization", arXiv 1502.03167, algorithm 1.
#pragma once

#include <cmath>
#include <cstdint>

#include <wisp/core/dtype.h>
#include <wisp/kernels/lerp.h>

namespace wisp::kernels {

/// mean[c] = mean over rows of x[r, c]; variance[c] = mean over rows of (x[r, c] - mean[c])^2. Computed in double, and
/// as exact where the spread is small beside the mean: a constant channel has its own number as mean, and variance 0.
/// Both are NaN where there are no rows.
template <class T>
void batch_norm_statistics(std::int64_t rows, std::int64_t channels, const T* x, double* mean, double* variance);

/// What batch_norm_normalize does to a channel: v = (x - mean) inverse_deviation weight + bias, y = f(v). The mean is
/// the sum of two numbers: `mean`, and what was lost when it was rounded.
template <class P>
struct BatchNormChannels {
  const P* mean;
  const P* inverse_deviation;
  const P* weight;
  const P* bias;
  P slope;
  const double* mean_rest = nullptr;  ///< nothing: 0
};

/// y[r, c] = f((x[r, c] - mean[c]) inverse_deviation[c] weight[c] + bias[c]).
template <class T>
void batch_norm_normalize(std::int64_t rows, std::int64_t channels, const T* x,
                          const BatchNormChannels<compute_t<T>>& p, T* y);

/// The gradients of batch_norm_normalize with the statistics of the batch, where h = (x - mean) inverse_deviation and
/// q[r, c] = g[r, c] f'(v[r, c]):
///   grad_bias[c]   = sum over rows of q[r, c]
///   grad_weight[c] = sum over rows of q[r, c] h[r, c]
///   grad_x[r, c]   = weight[c] inverse_deviation[c] (q[r, c] - grad_bias[c] / rows - h[r, c] grad_weight[c] / rows)
template <class T>
void batch_norm_backward(std::int64_t rows, std::int64_t channels, const T* g, const T* x,
                         const BatchNormChannels<compute_t<T>>& p, T* grad_x, compute_t<T>* grad_weight,
                         compute_t<T>* grad_bias);

/// rounded[c] = means[c] in P, and rests[c] = what was lost by that; 0 where the rounded mean is not finite.
template <class P>
void split_means(std::int64_t channels, const double* means, P* rounded, double* rests) {
  for (std::int64_t c = 0; c < channels; ++c) {
    rounded[c] = static_cast<P>(means[c]);
    rests[c] = std::isfinite(rounded[c]) ? means[c] - static_cast<double>(rounded[c]) : 0.0;
  }
}

/// inverses[c] = 1 / sqrt(variances[c] + eps), computed in double.
template <class V, class P>
void inverse_deviations(std::int64_t channels, const V* variances, double eps, P* inverses) {
  for (std::int64_t c = 0; c < channels; ++c)
    inverses[c] = static_cast<P>(1.0 / std::sqrt(static_cast<double>(variances[c]) + eps));
}

/// running[c] = (1 - momentum) running[c] + momentum factor batch[c], computed in double.
template <class P>
void update_running(std::int64_t channels, double momentum, double factor, const double* batch, P* running) {
  const Lerp<double> lerp(momentum, 1.0 - momentum);
  for (std::int64_t c = 0; c < channels; ++c)
    running[c] = static_cast<P>(lerp(static_cast<double>(running[c]), factor * batch[c]));
}

}  // namespace wisp::kernels
