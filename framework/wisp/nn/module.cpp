#include <wisp/nn/module.h>

#include <algorithm>
#include <atomic>

#include <wisp/autograd/grad_mode.h>
#include <wisp/nn/call_observer.h>

namespace wisp::nn {
namespace {

constexpr int most_levels = 100;

// Of a copy of the list: a hook may add hooks and remove them.
template <class Hooks, class Apply>
void for_each_hook(const Hooks& hooks, const Apply& apply) {
  if (hooks.empty()) return;
  const Hooks now = hooks;
  for (const auto& [id, hook] : now) apply(hook);
}

// Adds the hook and returns what removes it, also where the module is no more.
template <class List>
std::function<void()> add_hook(const char* op, const std::shared_ptr<List>& list,
                               typename List::value_type::second_type hook) {
  check(hook != nullptr, "{}: the hook is empty", op);
  static std::atomic<std::uint64_t> next{0};
  const std::uint64_t id = next++;
  list->emplace_back(id, std::move(hook));
  return [list = std::weak_ptr<List>(list), id] {
    if (const auto held = list.lock()) std::erase_if(*held, [&](const auto& entry) { return entry.first == id; });
  };
}

}  // namespace

Tensor Module::forward(const Tensor&) const {
  fail("{}: it has no forward() of one tensor; call it with a list of its inputs", type());
}

Tensors Module::forward_all(const Tensors& inputs) const {
  check(inputs.size() == 1, "{}: it takes one tensor, given {}", type(), inputs.size());
  return {forward(inputs[0])};
}

Tensor Module::operator()(const Tensor& input) const {
  Tensors outputs = (*this)(Tensors{input});
  check(outputs.size() == 1, "{}: it gives {} tensors, call it with a list of its inputs", type(), outputs.size());
  return std::move(outputs[0]);
}

Tensors Module::operator()(const Tensors& inputs) const {
  if (CallObserver::newest() == nullptr && !has_hooks()) return forward_all(inputs);
  return call(inputs, [this](const Tensors& given) { return forward_all(given); });
}

Tensors Module::call(const Tensors& inputs, const std::function<Tensors(const Tensors&)>& function) const {
  Tensors given = inputs;
  for_each_hook(state_->pre_hooks, [&](const ForwardPreHook& hook) {
    if (Tensors changed = hook(*this, given); !changed.empty()) given = std::move(changed);
  });
  const CallObserver* const observer = CallObserver::newest();
  if (observer != nullptr) observer->before(*this);
  Tensors outputs;
  try {
    outputs = function(given);
    for_each_hook(state_->hooks, [&](const ForwardHook& hook) {
      if (Tensors changed = hook(*this, given, outputs); !changed.empty()) outputs = std::move(changed);
    });
  } catch (...) {
    if (observer != nullptr) observer->after(*this, given, {});
    throw;
  }
  if (observer != nullptr) observer->after(*this, given, outputs);
  return outputs;
}

Module::NamedTensors Module::all_parameters() const {
  NamedTensors result;
  for (const auto& entry : state_->parameters)
    if (entry.second.defined()) result.push_back(entry);
  for (const auto& [child_name, child] : state_->children)
    for (const auto& [name, tensor] : child->all_parameters()) result.emplace_back(child_name + "." + name, tensor);
  return result;
}

Module::NamedTensors Module::named_parameters() const {
  NamedTensors result;
  for (const auto& entry : all_parameters()) {
    const auto same = [&](const auto& other) { return other.second.is(entry.second); };
    if (std::none_of(result.begin(), result.end(), same)) result.push_back(entry);
  }
  return result;
}

Module::NamedTensors Module::named_buffers() const {
  NamedTensors result;
  for (const auto& entry : state_->buffers)
    if (entry.second.defined()) result.push_back(entry);
  for (const auto& [child_name, child] : state_->children)
    for (const auto& [name, tensor] : child->named_buffers()) result.emplace_back(child_name + "." + name, tensor);
  return result;
}

Tensors Module::parameters() const {
  Tensors result;
  for (const auto& [name, tensor] : named_parameters()) result.push_back(tensor);
  return result;
}

void Module::apply(const std::function<void(Module&)>& f) {
  for (const auto& [name, child] : NamedModules(state_->children)) child->apply(f);
  f(*this);
}

void Module::train(bool mode) {
  apply([mode](Module& module) { module.state_->training = mode; });
}

void Module::requires_grad_(bool requires_grad) {
  for (Tensor& parameter : parameters()) parameter.set_requires_grad(requires_grad);
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
  const char* const taken = is_taken(state_->parameters) ? "parameter"
                            : is_taken(state_->buffers)  ? "buffer"
                            : is_taken(state_->children) ? "module"
                                                         : nullptr;
  check(taken == nullptr, "{}: the name {} is that of a {} already", op, name, taken);
}

int Module::levels_below() const {
  int most = 0;
  for (const auto& [name, child] : state_->children) most = std::max(most, 1 + child->levels_below());
  return most;
}

int Module::State::levels_above() const {
  int most = 0;
  for (const std::weak_ptr<State>& parent : parents)
    if (const auto held = parent.lock()) most = std::max(most, 1 + held->levels_above());
  return most;
}

bool Module::contains(const Module& other) const {
  return is(other) || std::any_of(state_->children.begin(), state_->children.end(),
                                  [&](const auto& child) { return child.second->contains(other); });
}

Tensor& Module::register_parameter(const std::string& name, Tensor parameter) {
  check_name("register_parameter", name);
  if (parameter.defined()) parameter.set_requires_grad(true);
  return state_->parameters.emplace_back(name, parameter).second;
}

Tensor& Module::register_buffer(const std::string& name, Tensor buffer) {
  check_name("register_buffer", name);
  return state_->buffers.emplace_back(name, buffer).second;
}

void Module::register_child(const std::string& name, std::shared_ptr<Module> child) {
  check_name("register_module", name);
  check(child != nullptr, "register_module: module {} is null", name);
  check(!child->contains(*this), "register_module: {} is this module, or has it below it", name);
  check(state_->levels_above() + 2 + child->levels_below() <= most_levels,
        "register_module: with {} modules would be nested deeper than {}", name, most_levels);
  std::erase_if(child->state_->parents, [](const auto& parent) { return parent.expired(); });
  child->state_->parents.push_back(state_);
  state_->children.emplace_back(name, std::move(child));
}

std::function<void()> Module::register_forward_hook(ForwardHook hook) {
  return add_hook("register_forward_hook", std::shared_ptr<Hooks<ForwardHook>>(state_, &state_->hooks),
                  std::move(hook));
}

std::function<void()> Module::register_forward_pre_hook(ForwardPreHook hook) {
  return add_hook("register_forward_pre_hook", std::shared_ptr<Hooks<ForwardPreHook>>(state_, &state_->pre_hooks),
                  std::move(hook));
}

}  // namespace wisp::nn
