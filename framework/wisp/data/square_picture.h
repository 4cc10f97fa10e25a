// Pictures of any shape to squares of one size.
#pragma once

#include <cstdint>

#include <wisp/core/tensor.h>

namespace wisp::detail {

/// Writes the square in the middle of a picture, u8 (C, H, W) with C = 1 or 3 as read_image gives it, to `out` as
/// size x size x 3 bytes: resized as BilinearResize does and rounded, grey as three equal colours. Where what stands
/// over is an odd number of pixels, the further one is cut off at the right or the bottom. Throws
/// Error for another tensor and a size that BilinearResize refuses.
void square_picture(const Tensor& picture, std::int64_t size, std::uint8_t* out);

}  // namespace wisp::detail
