// conv2d and conv_transpose2d, from the trio in kernels/conv2d.h.
//
// The trio is closed under differentiation: with C(x, w) = conv2d, I its adjoint in x and W its adjoint in w,
//   y = C(x,w): dx = I(g,w), dw = W(x,g);   x = I(y,w): dy = C(g,w), dw = W(g,y);   w = W(x,y): dx = I(y,g), dy =
//   C(x,g).
// Source: Dumoulin, Visin, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285.
#pragma once

#include <wisp/core/tensor.h>
#include <wisp/ops/conv2d_options.h>

namespace wisp {

/// Cross-correlation: y[n,f,i,j] = bias[f] + sum over c, a, b of w[f,c,a,b] x[n, c, i s - p + a d, j s - p + b d],
/// for input (N,C,H,W) or (C,H,W), weight (filters, C/groups, kh, kw), bias (filters) or undefined, all of them f32,
/// f64 or bf16; under Autocast f32 ones are rounded to bf16 (autocast.h). x is 0 beyond its edges, or what the padding
/// mode says (see pad2d). The output's size is conv2d_output_size. Throws Error when the shapes or options do not fit.
Tensor conv2d(const Tensor& input, const Tensor& weight, const Tensor& bias = {}, const Conv2dOptions& options = {});

/// The adjoint of conv2d in its input: every input value times the kernel, added up at stride s, p pixels cut off, for
/// input (N,C,H,W) or (C,H,W), weight (C, filters/groups, kh, kw), bias (filters) or undefined.
/// The output's size is conv_transpose2d_output_size. Throws Error when the shapes or options do not fit.
Tensor conv_transpose2d(const Tensor& input, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose2dOptions& options = {});

}  // namespace wisp
