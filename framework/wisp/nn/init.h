// Initialisation in place, after torch.nn.init. All return the tensor, and throw Error for dtypes other than f32 and
// f64.
#pragma once

#include <cstdint>

#include <wisp/core/rng.h>
#include <wisp/core/tensor.h>

namespace wisp::nn::init {

/// Uniform in [low, high).
Tensor uniform_(Tensor tensor, double low, double high, Rng& rng);
/// Normal with the given mean and standard deviation.
Tensor normal_(Tensor tensor, double mean, double standard_deviation, Rng& rng);
/// Every element the same.
Tensor constant_(Tensor tensor, double value);

/// Inputs that one output of a weight sees: dim(1) times the kernel's pixels.
std::int64_t fan_in(const Tensor& weight);
/// PyTorch's default for Linear, Conv2d and ConvTranspose2d, weight and bias: uniform in +-1 / sqrt(fan_in).
/// Source: He et al., "Delving deep into rectifiers", arXiv 1502.01852, with a = sqrt(5).
Tensor default_(Tensor tensor, std::int64_t fan_in, Rng& rng);

}  // namespace wisp::nn::init
