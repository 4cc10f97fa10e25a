// The convolution trio as oneDNN's own convolution primitives on channels-last images.
#pragma once

#include <wisp/kernels/conv2d_implementations.h>

namespace wisp::kernels::onednn {

/// One group, and only what oneDNN has a right and optimised kernel for.
extern const Conv2dImplementation conv2d_direct;

}  // namespace wisp::kernels::onednn
