// BatchNorm multiplied into the layer before it, for programs that compute less.
#pragma once

#include <wisp/nn/trace.h>

namespace wisp {

/// The trace without those batch_norms in evaluation mode whose input a conv2d, conv_transpose2d or linear makes and
/// nothing else uses. Such a norm maps channel c to s (x - running_mean) + bias with s = weight / sqrt(running_var +
/// eps): the layer's weight is multiplied by s and its bias b becomes s (b - running_mean) + bias, computed in double.
/// Other norms stay. Throws Error naming the module when a number is then not finite.
nn::Trace fold_norms(nn::Trace trace);

namespace detail {

/// Numbers of each channel, f64.
struct Affine {
  Tensor scale, offset;
};
/// What a batch_norm in evaluation mode makes of x + bias: scale x + offset.
Affine affine_of_norm(const nn::Trace& trace, const nn::TracedOp& norm, const Tensor& bias);

}  // namespace detail

}  // namespace wisp
