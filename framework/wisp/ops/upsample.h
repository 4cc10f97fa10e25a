// upsample_nearest2d and upsample_bilinear2d: images (N,C,H,W) enlarged by a whole number; and the kernel with which a
// transposed convolution does the latter.
#pragma once

#include <cstdint>

#include <wisp/core/tensor.h>

namespace wisp {

/// Every pixel becomes scale x scale equal ones, of any dtype. Gradient: g summed over them.
/// Throws Error for rank other than 4 and scale below 1.
Tensor upsample_nearest2d(const Tensor& x, std::int64_t scale);

/// Linear interpolation along both axes between pixel centres (PyTorch's align_corners = false): output pixel i looks
/// at position (i + 1/2) / scale - 1/2, clamped to the image. A pixel of weight 0 takes no part, even where it is NaN.
/// Gradient: the transposed interpolation. Throws Error for rank other than 4, an image without pixels and scale below
/// 1.
Tensor upsample_bilinear2d(const Tensor& x, std::int64_t scale);

/// The weight of a transposed convolution that interpolates linearly: (channels, channels/groups, k, k), f32, every
/// channel to itself by (1 - |i - c| / f) (1 - |j - c| / f), where f = ceil(k / 2) and c = (k - 1) / 2. With stride s,
///   k = 2 s - s mod 2, padding (k - s) / 2   is upsample_bilinear2d wherever all pixels lie inside the image;
///   k = 2 s - 1, padding s - 1               is interpolation to (H - 1) s + 1 pixels with corners on corners,
///   throughout.
/// Throws Error when a number is below 1 or groups do not divide the channels.
/// Source: Long, Shelhamer, Darrell, "Fully convolutional networks for semantic segmentation", arXiv 1411.4038, 3.3.
Tensor bilinear_kernel(std::int64_t channels, std::int64_t kernel_size, std::int64_t groups = 1);

}  // namespace wisp
