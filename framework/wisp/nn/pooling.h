// MaxPool2d and AvgPool2d as layers.
#pragma once

#include <wisp/core/rng.h>
#include <wisp/nn/module.h>
#include <wisp/ops/pooling.h>

namespace wisp::nn {

/// max_pool2d with fixed options.
class MaxPool2d : public Module {
 public:
  explicit MaxPool2d(Size2d kernel_size, const MaxPool2dOptions& options = {})
      : kernel_size_(kernel_size), options_(options) {}
  static std::shared_ptr<Module> make(const Description& description, Rng& rng);

  Tensor forward(const Tensor& input) const override { return max_pool2d(input, kernel_size_, options_); }
  Options options() const override;

 private:
  Size2d kernel_size_;
  MaxPool2dOptions options_;
};

/// avg_pool2d with fixed options.
class AvgPool2d : public Module {
 public:
  explicit AvgPool2d(Size2d kernel_size, const AvgPool2dOptions& options = {})
      : kernel_size_(kernel_size), options_(options) {}
  static std::shared_ptr<Module> make(const Description& description, Rng& rng);

  Tensor forward(const Tensor& input) const override { return avg_pool2d(input, kernel_size_, options_); }
  Options options() const override;

 private:
  Size2d kernel_size_;
  AvgPool2dOptions options_;
};

}  // namespace wisp::nn
