// upsample_nearest2d and upsample_bilinear2d: images (N,C,H,W) enlarged by a whole number, f32 or f64.
#pragma once

#include <cstdint>

#include <wisp/core/tensor.h>

namespace wisp {

/// Every pixel becomes scale x scale equal ones. Gradient: g summed over them.
/// Throws Error for rank other than 4 and scale below 1.
Tensor upsample_nearest2d(const Tensor& x, std::int64_t scale);

/// Linear interpolation along both axes between pixel centres (PyTorch's align_corners = false): output pixel i looks
/// at position (i + 1/2) / scale - 1/2, clamped to the image. Gradient: the transposed interpolation.
/// Throws Error for rank other than 4 and scale below 1.
Tensor upsample_bilinear2d(const Tensor& x, std::int64_t scale);

}  // namespace wisp
