#include <wisp/optim/optimizer.h>

#include <algorithm>
#include <cmath>

#include <wisp/core/distinct.h>

namespace wisp::optim {

Optimizer::Optimizer(const char* name, Tensors parameters, double lr, std::vector<Slot> slots)
    : parameters_(std::move(parameters)), slots_(std::move(slots)), name_(name) {
  check(!parameters_.empty(), "{}: no parameters given", name_);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    check(parameters_[i].defined(), "{}: parameter {} is undefined", name_, i);
    check(parameters_[i].requires_grad() && parameters_[i].is_leaf(),
          "{}: parameter {} ({}) is not a leaf that requires grad", name_, i, parameters_[i].shape());
  }
  check_distinct(name_, "parameter", parameters_);
  for (Slot& slot : slots_) slot.tensors.resize(parameters_.size());
  set_lr(lr);
}

void Optimizer::set_lr(double lr) {
  check(std::isfinite(lr) && lr >= 0, "{}: lr must be finite and at least 0, given {}", name_, lr);
  lr_ = lr;
}

std::vector<Optimizer::Update> Optimizer::updates(bool remember) {
  check_distinct(name_, "parameter", parameters_);  // set_data may have made them one
  std::vector<Update> result;
  result.reserve(parameters_.size());
  std::vector<Slot> slots = slots_;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& parameter = parameters_[i];
    Tensor gradient = parameter.grad();
    if (!gradient.defined()) continue;
    visit_compute_dtype(name_, parameter.dtype(), [](auto) {});
    const auto fits = [&](const char* what, const Tensor& tensor) {
      check(tensor.shape() == parameter.shape() && tensor.dtype() == parameter.dtype(),
            "{}: the {} of parameter {} is {} {}, the parameter {} {}", name_, what, i, name_of(tensor.dtype()),
            tensor.shape(), name_of(parameter.dtype()), parameter.shape());
    };
    fits("gradient", gradient);
    const auto shares = [&](const Tensor& other) { return share_numbers(other, gradient); };
    if (std::any_of(parameters_.begin(), parameters_.end(), shares))  // the step would change it half-way
      gradient = gradient.detach().clone();
    result.push_back({i, gradient, !slots_.front().tensors[i].defined()});
    if (!remember) continue;
    for (Slot& slot : slots) {
      Tensor& tensor = slot.tensors[i];
      if (tensor.defined() && !slot.counts) fits(slot.name, tensor);
      if (tensor.defined()) continue;
      tensor = slot.counts ? Tensor::zeros({}, DType::i64) : Tensor::zeros(parameter.shape(), parameter.dtype());
    }
  }
  slots_ = std::move(slots);
  return result;
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
      check(found->second.defined(), "{}: tensor {} is undefined", name_, name);
      check(found->second.shape() == shape && found->second.dtype() == dtype,
            "{}: tensor {} is {} {}, {} {} is expected", name_, name, name_of(found->second.dtype()),
            found->second.shape(), name_of(dtype), shape);
      slot.tensors[i] = found->second.detach().clone();
      ++used;
    }
  }
  check(used == state.size(), "{}: {} of the {} tensors belong to no parameter", name_, state.size() - used,
        state.size());
  slots_ = std::move(fresh);
}

CheckpointState checkpoint_state(const Optimizer& optimizer) {
  return {optimizer.name(), optimizer.state_dict(), {{"lr", fmt::format("{}", optimizer.lr())}}};
}

void load_checkpoint_state(Optimizer& optimizer, const CheckpointState& state) {
  const auto lr = read_metadata<double>(state.values, "lr");
  check(std::isfinite(lr) && lr >= 0, "lr must be finite and at least 0, given {}", lr);
  optimizer.load_state_dict(state.tensors);
  optimizer.set_lr(lr);
}

}  // namespace wisp::optim
