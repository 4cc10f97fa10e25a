#include <wisp/optim/optimizer.h>

namespace wisp::optim {

Optimizer::Optimizer(Tensors parameters) : parameters_(std::move(parameters)) {
  check(!parameters_.empty(), "optimizer: no parameters given");
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    check(parameters_[i].requires_grad() && parameters_[i].is_leaf(),
          "optimizer: parameter {} ({}) is not a leaf that requires grad", i, parameters_[i].shape());
}

}  // namespace wisp::optim
