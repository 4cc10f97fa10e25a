// group_norm: normalisation of groups of channels, each image by itself.
//
// Source: Wu, He, "Group normalization", arXiv 1803.08494, section 3.
#pragma once

#include <cstdint>

#include <wisp/core/tensor.h>

namespace wisp {

/// y = (x - mean) / sqrt(variance + eps) weight + bias for input (N,C,...): mean and biased variance are those of an
/// image's group of C / num_groups neighbouring channels (dimension 1), and gradients flow through them. weight and
/// bias (C) may be undefined: 1 and 0. One group is layer normalisation, C groups instance normalisation.
/// A bf16 input goes with f32 weight and bias. Throws Error on rank below 2, on a number of groups that does not divide
/// C, and on shapes or dtypes that do not fit.
Tensor group_norm(const Tensor& input, std::int64_t num_groups, const Tensor& weight = {}, const Tensor& bias = {},
                  double eps = 1e-5);

}  // namespace wisp
