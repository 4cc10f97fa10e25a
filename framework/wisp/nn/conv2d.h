// Conv2d and ConvTranspose2d as layers, with PyTorch's defaults and initialisation.
#pragma once

#include <cstdint>

#include <wisp/core/rng.h>
#include <wisp/nn/module.h>
#include <wisp/ops/conv2d.h>

namespace wisp::nn {

struct Conv2dOptions {
  Size2d stride = 1;
  Size2d padding = 0;
  Size2d dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
};

/// conv2d with a trained weight (out_channels, in_channels/groups, kh, kw) and bias (out_channels).
class Conv2d : public Module {
 public:
  /// Throws Error when a size is below 1 or groups do not divide the channels.
  Conv2d(std::int64_t in_channels, std::int64_t out_channels, Size2d kernel_size, const Conv2dOptions& options,
         Rng& rng);

  Tensor forward(const Tensor& input) override { return conv2d(input, weight, bias, options_); }

  Tensor weight;
  Tensor bias;

 private:
  wisp::Conv2dOptions options_;
};

struct ConvTranspose2dOptions {
  Size2d stride = 1;
  Size2d padding = 0;
  Size2d output_padding = 0;
  std::int64_t groups = 1;
  bool bias = true;
  Size2d dilation = 1;
};

/// conv_transpose2d with a trained weight (in_channels, out_channels/groups, kh, kw) and bias (out_channels).
class ConvTranspose2d : public Module {
 public:
  /// Throws Error when a size is below 1 or groups do not divide the channels.
  ConvTranspose2d(std::int64_t in_channels, std::int64_t out_channels, Size2d kernel_size,
                  const ConvTranspose2dOptions& options, Rng& rng);

  Tensor forward(const Tensor& input) override { return conv_transpose2d(input, weight, bias, options_); }

  Tensor weight;
  Tensor bias;

 private:
  wisp::ConvTranspose2dOptions options_;
};

}  // namespace wisp::nn
