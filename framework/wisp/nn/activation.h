// ReLU, LeakyReLU, Tanh, Sigmoid: activations as layers.
#pragma once

#include <wisp/nn/module.h>
#include <wisp/ops/activation.h>

namespace wisp::nn {

/// relu as a layer.
class ReLU : public Module {
 public:
  Tensor forward(const Tensor& input) const override { return relu(input); }
};

/// leaky_relu as a layer; PyTorch's default slope.
class LeakyReLU : public Module {
 public:
  explicit LeakyReLU(double slope = 0.01) : negative_slope(slope) {}
  Tensor forward(const Tensor& input) const override { return leaky_relu(input, negative_slope); }

  const double negative_slope;
};

/// tanh as a layer.
class Tanh : public Module {
 public:
  Tensor forward(const Tensor& input) const override { return tanh(input); }
};

/// sigmoid as a layer.
class Sigmoid : public Module {
 public:
  Tensor forward(const Tensor& input) const override { return sigmoid(input); }
};

}  // namespace wisp::nn
