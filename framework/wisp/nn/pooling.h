// MaxPool2d as a layer.
#pragma once

#include <wisp/nn/module.h>
#include <wisp/ops/pooling.h>

namespace wisp::nn {

/// max_pool2d with fixed options.
class MaxPool2d : public Module {
 public:
  explicit MaxPool2d(Size2d kernel_size, const MaxPool2dOptions& options = {})
      : kernel_size_(kernel_size), options_(options) {}
  Tensor forward(const Tensor& input) override { return max_pool2d(input, kernel_size_, options_); }

 private:
  Size2d kernel_size_;
  MaxPool2dOptions options_;
};

}  // namespace wisp::nn
