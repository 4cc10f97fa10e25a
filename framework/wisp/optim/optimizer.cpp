#include <wisp/optim/optimizer.h>

#include <cmath>

namespace wisp::optim {

Optimizer::Optimizer(const char* name, Tensors parameters, double lr, std::vector<Slot> slots)
    : parameters_(std::move(parameters)), slots_(std::move(slots)), name_(name) {
  check(!parameters_.empty(), "optimizer: no parameters given");
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    check(parameters_[i].requires_grad() && parameters_[i].is_leaf(),
          "optimizer: parameter {} ({}) is not a leaf that requires grad", i, parameters_[i].shape());
  for (Slot& slot : slots_) slot.tensors.resize(parameters_.size());
  set_lr(lr);
}

void Optimizer::set_lr(double lr) {
  check(std::isfinite(lr) && lr >= 0, "{}: lr must be finite and at least 0, given {}", name_, lr);
  lr_ = lr;
}

Tensor& Optimizer::remembered(std::size_t slot, std::size_t i) {
  Tensor& tensor = slots_[slot].tensors[i];
  if (!tensor.defined())
    tensor = slots_[slot].counts ? Tensor::zeros({}, DType::i64)
                                 : Tensor::zeros(parameters_[i].shape(), parameters_[i].dtype());
  return tensor;
}

StateDict Optimizer::state_dict() const {
  StateDict state;
  for (const Slot& slot : slots_)
    for (std::size_t i = 0; i < slot.tensors.size(); ++i)
      if (slot.tensors[i].defined()) state.emplace(fmt::format("{}.{}", i, slot.name), slot.tensors[i]);
  return state;
}

void Optimizer::load_state_dict(const StateDict& state) {
  std::vector<Slot> fresh = slots_;
  std::size_t used = 0;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const bool is_there = state.contains(fmt::format("{}.{}", i, slots_.front().name));
    for (Slot& slot : fresh) {
      const std::string name = fmt::format("{}.{}", i, slot.name);
      const Shape shape = slot.counts ? Shape{} : parameters_[i].shape();
      const DType dtype = slot.counts ? DType::i64 : parameters_[i].dtype();
      slot.tensors[i] = {};
      const auto found = state.find(name);
      check((found != state.end()) == is_there, "{}: tensor {} is {}", name_, name,
            is_there ? "missing" : "unexpected");
      if (!is_there) continue;
      check(found->second.shape() == shape && found->second.dtype() == dtype,
            "{}: tensor {} is {} {}, {} {} is expected", name_, name, name_of(found->second.dtype()),
            found->second.shape(), name_of(dtype), shape);
      slot.tensors[i] = Tensor::empty(shape, dtype);
      slot.tensors[i].copy_(found->second);
      ++used;
    }
  }
  check(used == state.size(), "{}: {} of the {} tensors belong to no parameter", name_, state.size() - used,
        state.size());
  slots_ = std::move(fresh);
}

}  // namespace wisp::optim
