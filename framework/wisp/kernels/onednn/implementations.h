// What oneDNN adds to the lists of conv2d_implementations.h and gemm_implementations.h: f32, and bf16 where the CPU has
// AVX-512.
#pragma once

#include <wisp/kernels/conv2d_implementations.h>
#include <wisp/kernels/gemm_implementations.h>

namespace wisp::kernels::onednn {

/// The convolution trio as oneDNN's own convolution primitives on channels-last images: one group, and only what oneDNN
/// has a right and optimised kernel for.
extern const Conv2dImplementation conv2d_direct;

/// The convolution trio as im2col, oneDNN's matrix multiplication and col2im, in blocks that stay in the cache: one
/// group.
extern const Conv2dImplementation conv2d_im2col;

/// gemm as oneDNN's matrix multiplication.
extern const GemmImplementation gemm_implementation;

}  // namespace wisp::kernels::onednn
