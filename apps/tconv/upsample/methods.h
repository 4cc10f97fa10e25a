// Five ways of enlarging a picture by a whole number, and how the last of them is learned.
#pragma once

#include <cstdint>

#include <wisp/core/rng.h>
#include <wisp/core/tensor.h>

namespace wisp::apps {

/// Pictures here are (C, 1, H, W), f32, values in [0, 1]: colours are independent pictures.

/// Every pixel at the top left of a block of scale x scale pixels, zeros in the rest of it: the transposed convolution
/// with a kernel of a single 1.
Tensor insert_zeros(const Tensor& picture, std::int64_t scale);

/// The side of the kernel that interpolates linearly, 2 scale or 2 scale - 1: what a pixel needs to reach its
/// neighbours.
std::int64_t bilinear_kernel_size(std::int64_t scale);

/// The transposed convolution of the picture with the kernel (1, 1, k, k) at stride `scale`. The picture's outermost
/// pixels are repeated beyond its border, as far as the kernel reaches; the result is scale H x scale W. Output pixel i
/// is the sum of x[j] kernel[i - scale j + (k - scale) / 2] over j, which must be whole: Error when k - scale is odd or
/// negative.
Tensor enlarge_with_kernel(const Tensor& picture, const Tensor& kernel, std::int64_t scale);

/// Learns the kernel for `picture`, whose sides are multiples of scale: from the bilinear one, `steps` steps of Adam on
/// the mean squared error between random pieces of the picture and what enlarge_with_kernel makes of the same pieces
/// of `small`, the picture reduced by scale. The same arguments give the same kernel.
Tensor train_kernel(const Tensor& picture, const Tensor& small, std::int64_t scale, std::int64_t steps, Rng& rng);

}  // namespace wisp::apps
