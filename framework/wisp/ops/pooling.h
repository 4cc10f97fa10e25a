// max_pool2d and avg_pool2d over images (N,C,H,W) or (C,H,W), f32, f64 or bf16 (else Error).
#pragma once

#include <optional>

#include <wisp/ops/conv2d.h>

namespace wisp {

struct MaxPool2dOptions {
  std::optional<Size2d> stride = {};  ///< the kernel size when not given
  Size2d padding = 0;                 ///< at most half the kernel size
  Size2d dilation = 1;
  bool ceil_mode = false;  ///< round the output size up; windows then may hang over the edge, but must start inside
};

/// The largest value in each window (pixels outside the image do not count); NaN where there is one. Gradient: g at the
/// first largest pixel, or at the last NaN. Throws Error on options out of range and windows larger than the padded
/// image.
Tensor max_pool2d(const Tensor& input, const Size2d& kernel_size, const MaxPool2dOptions& options = {});

struct AvgPool2dOptions {
  std::optional<Size2d> stride = {};  ///< the kernel size when not given
  Size2d padding = 0;                 ///< at most half the kernel size; the zeros outside count
};

/// The mean of each window. Gradient: g / window size, at each of its pixels. Throws Error as max_pool2d does.
Tensor avg_pool2d(const Tensor& input, const Size2d& kernel_size, const AvgPool2dOptions& options = {});

}  // namespace wisp
