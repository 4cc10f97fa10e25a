// batch_norm: normalisation of each channel over the batch and the image.
//
// Source: Ioffe, Szegedy, "Batch normalization", arXiv 1502.03167, algorithm 1.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp {

/// y = (x - mean) / sqrt(variance + eps) weight + bias, per channel (dimension 1), for input (N,C), (N,C,L) or
/// (N,C,H,W). weight and bias (C) may be undefined: 1 and 0.
///
/// training: mean and biased variance are those of the batch, and gradients flow through them; running_mean and
/// running_var, when defined, are changed in place to (1 - momentum) old + momentum new (new variance unbiased).
/// Otherwise mean and variance are running_mean and running_var, as constants.
/// A bf16 input goes with f32 weight, bias and statistics. Throws Error on shapes or dtypes that do not fit, on
/// training with one value per channel, and on evaluation without running statistics.
Tensor batch_norm(const Tensor& input, Tensor running_mean, Tensor running_var, const Tensor& weight = {},
                  const Tensor& bias = {}, bool training = false, double momentum = 0.1, double eps = 1e-5);

/// leaky_relu(batch_norm(...), negative_slope), or relu where that is 0, in one pass over memory each way.
/// negative_slope must be at least 0, else Error.
Tensor batch_norm_leaky_relu(const Tensor& input, Tensor running_mean, Tensor running_var, const Tensor& weight,
                             const Tensor& bias, bool training, double momentum, double eps, double negative_slope);

}  // namespace wisp
