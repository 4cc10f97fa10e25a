// Module's state dict, out and in.
#include <wisp/autograd/grad_mode.h>
#include <wisp/core/text.h>
#include <wisp/nn/module.h>

namespace wisp::nn {
namespace {

std::string in_words(const Tensor& tensor) { return fmt::format("{} {}", name_of(tensor.dtype()), tensor.shape()); }

}  // namespace

StateDict Module::state_dict() const {
  StateDict state;
  for (const NamedTensors& tensors : {all_parameters(), named_buffers()})
    for (const auto& [name, tensor] : tensors) state.emplace(name, tensor.detach());
  return state;
}

IncompatibleKeys Module::load_state_dict(const StateDict& state, bool strict, bool assign) {
  NamedTensors own = all_parameters();
  const NamedTensors buffers = named_buffers();
  own.insert(own.end(), buffers.begin(), buffers.end());
  IncompatibleKeys result;
  for (const StateDict known(own.begin(), own.end()); const auto& [name, tensor] : state) {
    check(tensor.defined(), "load_state_dict: tensor {} is undefined", printable(name));
    if (known.contains(name)) continue;
    check(!strict, "load_state_dict: unexpected tensor {} ({})", printable(name), in_words(tensor));
    result.unexpected_keys.push_back(name);
  }
  const NoGrad guard;
  StateDict copies;  // all first: `state` may hold numbers of this module under other names
  for (const auto& [name, tensor] : own) {
    const auto found = state.find(name);
    if (found == state.end()) {
      check(!strict, "load_state_dict: tensor {} is missing, {} is expected", printable(name), in_words(tensor));
      result.missing_keys.push_back(name);
      continue;
    }
    const Tensor& given = found->second;
    const bool converts = assign && is_floating(given.dtype()) && is_floating(tensor.dtype());
    check(given.shape() == tensor.shape() && (given.dtype() == tensor.dtype() || converts),
          "load_state_dict: tensor {} is {}, {} is expected", printable(name), in_words(given), in_words(tensor));
    check(!assign || tensor.is_leaf(), "load_state_dict: {} ({}) is the result of an op", name, tensor.shape());
    Tensor& copy = copies[name] = Tensor::empty(given.shape(), given.dtype());
    copy.copy_(given);
  }
  for (auto& [name, tensor] : own) {
    const auto copy = copies.find(name);
    if (copy == copies.end()) continue;
    if (assign) {
      tensor.set_grad({});
      tensor.set_data(copy->second);
    } else {
      tensor.copy_(copy->second);
    }
  }
  return result;
}

CheckpointState checkpoint_state(const Module& module) { return {"module", module.state_dict(), {}}; }

void load_checkpoint_state(Module& module, const CheckpointState& state) { module.load_state_dict(state.tensors); }

}  // namespace wisp::nn
