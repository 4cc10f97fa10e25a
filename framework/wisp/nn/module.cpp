#include <wisp/nn/module.h>

#include <algorithm>

#include <wisp/autograd/grad_mode.h>
#include <wisp/core/distinct.h>

namespace wisp::nn {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

NamedTensors Module::all_parameters() const {
  NamedTensors result = parameters_;
  for (const auto& [child_name, child] : children_)
    for (const auto& [name, tensor] : child->all_parameters()) result.emplace_back(child_name + "." + name, tensor);
  return result;
}

NamedTensors Module::named_parameters() const {
  NamedTensors result;
  for (const auto& entry : all_parameters()) {
    const auto same = [&](const auto& other) { return other.second.is(entry.second); };
    if (std::none_of(result.begin(), result.end(), same)) result.push_back(entry);
  }
  return result;
}

NamedTensors Module::named_buffers() const {
  NamedTensors result = buffers_;
  for (const auto& [child_name, child] : children_)
    for (const auto& [name, tensor] : child->named_buffers()) result.emplace_back(child_name + "." + name, tensor);
  return result;
}

Tensors Module::parameters() const {
  Tensors result;
  for (const auto& [name, tensor] : named_parameters()) result.push_back(tensor);
  return result;
}

StateDict Module::state_dict() const {
  StateDict state;
  for (const auto& [name, tensor] : all_parameters()) state.emplace(name, tensor.detach());
  for (const auto& [name, tensor] : named_buffers()) state.emplace(name, tensor.detach());
  return state;
}

void Module::load_state_dict(const StateDict& state) {
  StateDict own = state_dict();
  for (const auto& [name, tensor] : state) {
    check(tensor.defined(), "load_state_dict: tensor {} is undefined", name);
    check(own.contains(name), "load_state_dict: unexpected tensor {} ({} {})", name, name_of(tensor.dtype()),
          tensor.shape());
  }
  for (const auto& [name, tensor] : own) {
    const auto given = state.find(name);
    check(given != state.end(), "load_state_dict: tensor {} is missing, {} {} is expected", name,
          name_of(tensor.dtype()), tensor.shape());
    check(given->second.shape() == tensor.shape() && given->second.dtype() == tensor.dtype(),
          "load_state_dict: tensor {} is {} {}, {} {} is expected", name, name_of(given->second.dtype()),
          given->second.shape(), name_of(tensor.dtype()), tensor.shape());
  }
  const NoGrad guard;
  // Numbers of this module itself, under other names: as they are now.
  StateDict given = state;
  for (auto& [name, tensor] : given) {
    const auto shares = [&, &source = tensor](const auto& entry) { return share_numbers(entry.second, source); };
    if (!std::any_of(own.begin(), own.end(), shares)) continue;
    Tensor copy = Tensor::empty(tensor.shape(), tensor.dtype());
    copy.copy_(tensor);
    tensor = copy;
  }
  for (auto& [name, tensor] : own) tensor.copy_(given.at(name));
}

void Module::apply(const std::function<void(Module&)>& f) {
  for (const auto& [name, child] : children_) child->apply(f);
  f(*this);
}

void Module::train(bool mode) {
  apply([mode](Module& module) { module.training_ = mode; });
}

void Module::zero_grad() {
  for (Tensor& parameter : parameters()) parameter.set_grad({});
}

void Module::to(DType dtype) {
  check(is_floating(dtype), "Module::to: parameters must be floating, given {}", name_of(dtype));
  std::vector<std::pair<Tensor, Tensor>> conversions;  // all first, since one may fail
  for (const NamedTensors& tensors : {named_parameters(), named_buffers()})
    for (const auto& [name, tensor] : tensors) {
      if (!is_floating(tensor.dtype())) continue;
      check(tensor.is_leaf(), "Module::to: {} ({}) is the result of an op", name, tensor.shape());
      conversions.emplace_back(tensor, tensor.detach().to(dtype));
    }
  for (auto& [tensor, converted] : conversions) {
    tensor.set_grad({});
    tensor.set_data(converted);
  }
}

void Module::check_name(const char* op, const std::string& name) const {
  check(!name.empty() && name.find('.') == std::string::npos,
        "{}: a name must not be empty or contain a dot, given \"{}\"", op, name);
  const auto is_taken = [&](const auto& list) {
    return std::any_of(list.begin(), list.end(), [&](const auto& entry) { return entry.first == name; });
  };
  const char* const taken = is_taken(parameters_) ? "parameter"
                            : is_taken(buffers_)  ? "buffer"
                            : is_taken(children_) ? "module"
                                                  : nullptr;
  check(taken == nullptr, "{}: the name {} is that of a {} already", op, name, taken);
}

Tensor Module::register_parameter(const std::string& name, Tensor parameter) {
  check_name("register_parameter", name);
  if (parameter.defined()) parameters_.emplace_back(name, parameter.set_requires_grad(true));
  return parameter;
}

Tensor Module::register_buffer(const std::string& name, Tensor buffer) {
  check_name("register_buffer", name);
  if (buffer.defined()) buffers_.emplace_back(name, buffer);
  return buffer;
}

}  // namespace wisp::nn
