// conv2d and conv_transpose2d, from the trio in kernels/conv2d.h.
//
// The trio is closed under differentiation: with C(x, w) = conv2d, I its adjoint in x and W its adjoint in w,
//   y = C(x,w): dx = I(g,w), dw = W(x,g);   x = I(y,w): dy = C(g,w), dw = W(g,y);   w = W(x,y): dx = I(y,g), dy =
//   C(x,g).
// Source: Dumoulin, Visin, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285.
#pragma once

#include <cstdint>

#include <wisp/core/tensor.h>

namespace wisp {

/// A number for height and one for width; a single number stands for both.
struct Size2d {
  std::int64_t height;
  std::int64_t width;

  constexpr Size2d(std::int64_t both) : height(both), width(both) {}
  constexpr Size2d(std::int64_t of_height, std::int64_t of_width) : height(of_height), width(of_width) {}
  bool operator==(const Size2d&) const = default;
};

struct Conv2dOptions {
  Size2d stride = 1;
  Size2d padding = 0;
  Size2d dilation = 1;
  std::int64_t groups = 1;
};

/// Cross-correlation: y[n,f,i,j] = bias[f] + sum over c, a, b of w[f,c,a,b] x[n, c, i s - p + a d, j s - p + b d],
/// for input (N,C,H,W) or (C,H,W), weight (filters, C/groups, kh, kw), bias (filters) or undefined, all f32 or all f64.
/// The output is floor((H + 2 p - d (kh - 1) - 1) / s) + 1 high. Throws Error when the shapes or options do not fit.
Tensor conv2d(const Tensor& input, const Tensor& weight, const Tensor& bias = {}, const Conv2dOptions& options = {});

struct ConvTranspose2dOptions {
  Size2d stride = 1;
  Size2d padding = 0;
  Size2d output_padding = 0;
  std::int64_t groups = 1;
  Size2d dilation = 1;
};

/// The adjoint of conv2d in its input: every input value times the kernel, added up at stride s, p pixels cut off, for
/// input (N,C,H,W) or (C,H,W), weight (C, filters/groups, kh, kw), bias (filters) or undefined.
/// The output is (H - 1) s - 2 p + d (kh - 1) + output_padding + 1 high; output_padding must be smaller than the stride
/// or the dilation. Throws Error when the shapes or options do not fit.
Tensor conv_transpose2d(const Tensor& input, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose2dOptions& options = {});

}  // namespace wisp

template <>
struct fmt::formatter<wisp::Size2d> : fmt::formatter<std::string> {
  auto format(const wisp::Size2d& size, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(fmt::format("{}x{}", size.height, size.width), context);
  }
};
