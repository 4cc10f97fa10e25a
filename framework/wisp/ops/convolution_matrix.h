// convolution_matrix: convolution as a matrix, built from the definition.
#pragma once

#include <wisp/ops/conv2d_options.h>

namespace wisp {

/// The matrix C of conv2d without bias: vec(conv2d(x, weight, {}, options)) = C vec(x) for an image x (C,H,W) of
/// `input_size`, with vec in row-major order; its transpose does the transposed convolution of the same weight and
/// options. Shape (filters H_out W_out, channels H W) for weight (filters, channels/groups, kh, kw), f32 or f64.
/// Gradient: every weight's entries of g, added up. Throws Error when shapes or options do not fit.
/// Source: Dumoulin, Visin, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285, section 4.1.
Tensor convolution_matrix(const Tensor& weight, Size2d input_size, const Conv2dOptions& options = {});

}  // namespace wisp
