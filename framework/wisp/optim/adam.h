// Adam and AdamW.
//
// Sources: Kingma, Ba, "Adam", arXiv 1412.6980, algorithm 1; Loshchilov, Hutter, "Decoupled weight decay
// regularization", arXiv 1711.05101, algorithm 2.
#pragma once

#include <array>
#include <cstdint>

#include <wisp/optim/optimizer.h>

namespace wisp::optim {

struct AdamOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0.0;  ///< added to the gradient as weight_decay p
};

/// m and v are running means of g and g^2; p -= lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps).
class Adam : public Optimizer {
 public:
  /// Throws Error when lr or eps is negative or not finite, or a beta is outside [0, 1).
  Adam(Tensors parameters, const AdamOptions& options = {}) : Adam("Adam", std::move(parameters), options, 0.0) {}
  void step() override;

 protected:
  Adam(const char* name, Tensors parameters, const AdamOptions& options, double decoupled_decay);

 private:
  AdamOptions options_;
  double decoupled_decay_;
};

struct AdamWOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 1e-2;  ///< p shrinks by lr weight_decay p, apart from the gradient
};

/// Adam with the weights shrunk apart from the gradient: p *= 1 - lr weight_decay first.
class AdamW : public Adam {
 public:
  AdamW(Tensors parameters, const AdamWOptions& options = {})
      : Adam("AdamW", std::move(parameters), {options.lr, options.betas, options.eps, 0.0}, options.weight_decay) {}
};

}  // namespace wisp::optim
