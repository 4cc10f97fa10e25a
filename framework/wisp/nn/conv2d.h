// Conv2d and ConvTranspose2d as layers, with PyTorch's defaults and initialisation.
#pragma once

#include <cstdint>

#include <wisp/core/rng.h>
#include <wisp/nn/module.h>
#include <wisp/ops/conv2d.h>

namespace wisp::nn {

using wisp::Conv2dOptions;
using wisp::ConvTranspose2dOptions;
/// conv2d with a trained weight (out_channels, in_channels/groups, kh, kw) and bias (out_channels).
class Conv2d : public Module {
 public:
  /// Throws Error when a size is below 1, groups do not divide the channels, or padding `same` meets a stride.
  Conv2d(std::int64_t in_channels, std::int64_t out_channels, Size2d kernel_size, const Conv2dOptions& options,
         Rng& rng);
  static std::shared_ptr<Module> make(const Description& description, Rng& rng);

  Tensor forward(const Tensor& input) const override { return forward_with(input, weight, bias); }
  /// The layer's function with other numbers.
  Tensor forward_with(const Tensor& input, const Tensor& other_weight, const Tensor& other_bias) const {
    return conv2d(input, other_weight, other_bias, options_);
  }
  Options options() const override;

  Tensor& weight;
  Tensor& bias;

 private:
  Conv2dOptions options_;
};

/// conv_transpose2d with a trained weight (in_channels, out_channels/groups, kh, kw) and bias (out_channels).
class ConvTranspose2d : public Module {
 public:
  /// Throws Error when a size is below 1 or groups do not divide the channels.
  ConvTranspose2d(std::int64_t in_channels, std::int64_t out_channels, Size2d kernel_size,
                  const ConvTranspose2dOptions& options, Rng& rng);
  static std::shared_ptr<Module> make(const Description& description, Rng& rng);

  Tensor forward(const Tensor& input) const override { return conv_transpose2d(input, weight, bias, options_); }
  /// The output of that size, (H, W), instead of the one that output_padding gives; (C, H, W) for an unbatched input
  /// and (N, C, H, W) for a batched one are accepted too and their first numbers not looked at, so that another
  /// tensor's shape can be given. Throws Error with the sizes in reach when it is not one of them.
  Tensor forward(const Tensor& input, const Shape& output_size) const;
  using Module::operator();
  Tensor operator()(const Tensor& input, const Shape& output_size) const;
  Options options() const override;

  Tensor& weight;
  Tensor& bias;

 private:
  ConvTranspose2dOptions options_;
};

}  // namespace wisp::nn
