// BatchNorm multiplied into the layer before it, for programs that compute less.
#pragma once

#include <wisp/nn/trace.h>

namespace wisp {

/// The trace without each batch_norm, in evaluation mode, of what a conv2d, conv_transpose2d or linear gives to it
/// alone: it maps channel c to s (x - running_mean) + bias with s = weight / sqrt(running_var + eps), so the layer's
/// weight gets s times itself and its bias s (bias - running_mean) + bias, computed in double. Other norms stay. Throws
/// Error naming the module when a number is then not finite.
nn::Trace fold_norms(nn::Trace trace);

}  // namespace wisp
