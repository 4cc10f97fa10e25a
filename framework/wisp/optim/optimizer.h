// Optimizer: changes parameters in place by their gradients. Parameters without a gradient are left alone.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp::optim {

/// The base of SGD and Adam.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// One update of every parameter that has a gradient.
  virtual void step() = 0;
  /// Clears the gradients.
  void zero_grad() {
    for (Tensor& parameter : parameters_) parameter.set_grad({});
  }

 protected:
  /// Throws Error unless all parameters are leaves that require grad.
  explicit Optimizer(Tensors parameters);

  Tensors parameters_;
};

}  // namespace wisp::optim
