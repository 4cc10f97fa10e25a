// The convolution trio as im2col, oneDNN's matrix multiplication and col2im, in blocks that stay in the cache.
#pragma once

#include <wisp/kernels/conv2d_implementations.h>

namespace wisp::kernels::onednn {

/// One group.
extern const Conv2dImplementation conv2d_im2col;

}  // namespace wisp::kernels::onednn
