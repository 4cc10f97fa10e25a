// Optimizer: changes parameters in place by their gradients. Parameters without a gradient are left alone.
#pragma once

#include <vector>

#include <wisp/core/checkpoint_state.h>
#include <wisp/core/tensor.h>

namespace wisp::optim {

/// The base of SGD and Adam.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// One update of every parameter that has a gradient. Throws Error when one is not f32 or f64, shares its numbers
  /// with another, or its dtype is no longer that of its gradient or of what is remembered; nothing has been changed
  /// then.
  virtual void step() = 0;
  /// Clears the gradients.
  void zero_grad() {
    for (Tensor& parameter : parameters_) parameter.set_grad({});
  }

  const char* name() const { return name_; }
  double lr() const { return lr_; }
  /// The learning rate from the next step on. Throws Error when it is negative or not finite.
  void set_lr(double lr);

  /// What the optimizer remembers of each parameter, under PyTorch's names behind the parameter's number: "0.exp_avg".
  /// The tensors are the optimizer's own; parameters that have had no gradient yet have none.
  StateDict state_dict() const;
  /// Takes over copies of `state`. Throws Error naming the tensor when one is missing or unexpected, or its shape or
  /// dtype is wrong; nothing has been changed then.
  void load_state_dict(const StateDict& state);

 protected:
  /// One kind of remembered tensor: for each parameter one, undefined until its first gradient.
  struct Slot {
    const char* name;
    Tensors tensors;
    bool counts = false;  ///< an i64 scalar; else shaped like the parameter
  };

  /// A parameter about to be changed.
  struct Update {
    std::size_t i;
    Tensor gradient;
    bool first;  ///< nothing was remembered of it
  };

  /// Throws Error unless all parameters are leaves that require grad, when one is given twice or two share their
  /// numbers, or when lr is negative or not finite.
  Optimizer(const char* name, Tensors parameters, double lr, std::vector<Slot> slots);

  /// The parameters that have a gradient, with what is remembered of them there (zeros at first) if `remember`. Throws
  /// Error when something does not fit, before anything has changed: so a step is done wholly or not at all.
  std::vector<Update> updates(bool remember = true);

  Tensors parameters_;
  std::vector<Slot> slots_;

 private:
  const char* name_;
  double lr_;
};

/// What it remembers, and the learning rate: an optimizer is a part of checkpoints.
CheckpointState checkpoint_state(const Optimizer& optimizer);
void load_checkpoint_state(Optimizer& optimizer, const CheckpointState& state);

}  // namespace wisp::optim
