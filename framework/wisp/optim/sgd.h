// SGD with momentum.
//
// Source: Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013, in
// PyTorch's form.
#pragma once

#include <wisp/optim/optimizer.h>

namespace wisp::optim {

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0.0;
  double dampening = 0.0;
  double weight_decay = 0.0;  ///< added to the gradient as weight_decay p
  bool nesterov = false;      ///< needs momentum and no dampening
};

/// Velocity v = momentum v + (1 - dampening) g, v = g at first; p -= lr v, or with nesterov p -= lr (g + momentum v).
class SGD : public Optimizer {
 public:
  /// Throws Error when a number is negative or not finite, or nesterov is asked for without momentum or with dampening.
  SGD(Tensors parameters, const SGDOptions& options = {});
  void step() override;

 private:
  SGDOptions options_;
};

}  // namespace wisp::optim
