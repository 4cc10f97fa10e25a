#include <wisp/nn/trace.h>

#include <cstring>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include <wisp/autograd/grad_mode.h>
#include <wisp/core/rng.h>
#include <wisp/nn/call_observer.h>
#include <wisp/nn/scoped_mode.h>
#include <wisp/ops/autocast.h>

namespace wisp::nn {
namespace {

// Tensors that share their numbers and have one shape are the same value, also where detach() lies between them. After
// an in-place write it is another value.
using Identity = std::tuple<std::uint64_t, std::uint64_t, std::string>;
Identity identity_of(const Tensor& tensor) {
  return {tensor.storage()->id, tensor.storage()->version, tensor.shape().to_string()};
}

class Recording {
 public:
  Recording(const Module& network, const Tensors& inputs) {
    note_modules(network, "");
    for (const auto& [name, tensor] : network.state_dict()) names_.emplace(tensor.storage()->id, name);
    for (const Tensor& input : inputs) trace_.inputs.push_back(add(input, false));
    const autograd::OpRecorder ops(
        [this](const autograd::OpCall& call) { note(call); },
        [this](const char* method, const Tensor& tensor) { refuse_reading(method, tensor); });
    const CallObserver calls([this](const Module& module) { begin(module); },
                             [this](const Module&, const Tensors& in, const Tensors& out) { end(in, out); });
    trace_.outputs = values_of(network(inputs));
    std::erase_if(trace_.calls, [](const TracedCall& call) { return call.outputs.empty(); });
  }

  Trace result() { return std::move(trace_); }

 private:
  void note_modules(const Module& module, const std::string& path) {
    modules_.emplace_back(&module, path);
    for (const auto& [name, child] : module.named_children())
      note_modules(*child, path.empty() ? name : path + "." + name);
  }

  // The path of the registered module that it is; of others the type behind the caller's path.
  std::string path_of(const Module& module) const {
    for (const auto& [known, path] : modules_)
      if (known->is(module)) return path;
    const std::string caller = current();
    return caller.empty() ? module.type() : caller + "." + module.type();
  }

  std::string current() const { return open_.empty() ? "" : trace_.calls[open_.back()].module; }

  std::size_t add(const Tensor& tensor, bool is_constant) {
    const auto named = names_.find(tensor.storage()->id);
    trace_.values.push_back(
        {tensor.detach(), is_constant, is_constant && named != names_.end() ? named->second : std::string()});
    known_[identity_of(tensor)] = trace_.values.size() - 1;
    return trace_.values.size() - 1;
  }

  std::size_t value_of(const Tensor& tensor) {
    if (!tensor.defined()) return Trace::none;
    const auto found = known_.find(identity_of(tensor));
    return found != known_.end() ? found->second : add(tensor, true);
  }

  std::vector<std::size_t> values_of(const Tensors& tensors) {
    std::vector<std::size_t> result;
    for (const Tensor& tensor : tensors) result.push_back(value_of(tensor));
    return result;
  }

  void note(const autograd::OpCall& call) {
    bool depends = false;
    std::vector<std::size_t> inputs;
    for (const Tensor& input : call.inputs) {
      inputs.push_back(value_of(input));
      depends |= input.defined() && !trace_.values[inputs.back()].is_constant;
    }
    std::vector<std::size_t> outputs;
    bool is_new = false;
    for (const Tensor& output : call.outputs) {
      const auto found = known_.find(identity_of(output));
      is_new |= found == known_.end();
      outputs.push_back(found == known_.end() ? add(output, !depends) : found->second);
    }
    if (!depends || !is_new) return;
    made_by_[outputs.front()] = call.op;
    trace_.ops.push_back({call.op, std::move(inputs), std::move(outputs), call.attributes, current()});
  }

  void begin(const Module& module) {
    trace_.calls.push_back({path_of(module), module.type(), static_cast<int>(open_.size())});
    trace_.calls.back().first_op = trace_.ops.size();
    open_.push_back(trace_.calls.size() - 1);
  }

  void end(const Tensors& inputs, const Tensors& outputs) {
    TracedCall& call = trace_.calls[open_.back()];
    call.inputs = values_of(inputs);
    call.outputs = values_of(outputs);
    call.end_op = trace_.ops.size();
    open_.pop_back();
  }

  void refuse_reading(const char* method, const Tensor& tensor) const {
    const auto found = known_.find(identity_of(tensor));
    if (found == known_.end() || trace_.values[found->second].is_constant) return;
    const auto maker = made_by_.find(found->second);
    const std::string module = current();
    fail("trace: {}{} takes numbers out of {} ({}): what depends on values cannot be recorded",
         module.empty() ? "the network" : module, open_.empty() ? "" : " (" + trace_.calls[open_.back()].type + ")",
         maker == made_by_.end() ? "an input" : "the result of " + maker->second, std::string(method) + "()");
  }

  Trace trace_;
  std::vector<std::pair<const Module*, std::string>> modules_;
  std::map<std::uint64_t, std::string> names_;  // of parameters and buffers, by storage
  std::map<Identity, std::size_t> known_;
  std::map<std::size_t, std::string> made_by_;
  std::vector<std::size_t> open_;  // calls that have not ended
};

std::string caller_of(const TracedOp& op) { return op.module.empty() ? "the network" : op.module; }

// Throws Error unless the network did the same both times.
void check_same(const Trace& a, const Trace& b) {
  constexpr const char* why = "it depends on the values of the input, or differs from call to call";
  check(a.ops.size() == b.ops.size(),
        "trace: {} ops were called for one input and {} for another of the same shape: {}", a.ops.size(), b.ops.size(),
        why);
  const auto is_same_constant = [&](std::size_t value) {
    return value == Trace::none || !a.values[value].is_constant ||
           detail::same_numbers(a.values[value].tensor, b.values[value].tensor);
  };
  for (std::size_t i = 0; i < a.ops.size(); ++i) {
    const TracedOp &x = a.ops[i], &y = b.ops[i];
    check(x.op == y.op && x.inputs == y.inputs && x.outputs == y.outputs && x.attributes == y.attributes,
          "trace: {} calls {} for one input and {} for another, or with other options: {}", caller_of(x), x.op, y.op,
          why);
    for (const std::size_t input : x.inputs)
      check(is_same_constant(input),
            "trace: {} calls {} with numbers that are no parameters and not the same for every input: {}", caller_of(x),
            x.op, why);
  }
  check(a.outputs == b.outputs, "trace: the network gives other tensors for another input of the same shape: {}", why);
  for (const std::size_t output : a.outputs)
    check(is_same_constant(output), "trace: the network gives numbers that follow from its input by no op: {}", why);
}

}  // namespace

const autograd::Attribute& attribute(const TracedOp& op, const char* name) {
  for (const auto& [key, value] : op.attributes)
    if (std::string_view(key) == name) return value;
  fail("{}: the attribute {} is missing", op.op, name);
}

void detail::refuse(const char* reader, const TracedOp& op, const std::string& why) {
  fail("{}: {} calls {}, {}", reader, caller_of(op), op.op, why);
}

bool detail::same_numbers(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  return a.storage() == b.storage() || (a.storage()->bytes == b.storage()->bytes &&
                                        std::memcmp(a.storage()->data, b.storage()->data, a.storage()->bytes) == 0);
}

Trace trace(Module& module, const Tensors& given) {
  const NoGrad no_grad;
  const Autocast no_autocast(false);
  const ScopedMode evaluation(module, false);
  constexpr std::uint64_t seed = 0x7472616365;  // one that nobody draws a sample with
  Rng rng(seed);
  Tensors inputs, others;
  for (const Tensor& input : given) {
    check(input.defined(), "trace: an input is undefined");
    std::vector<int> dims;
    for (int i = 0; i < input.rank(); ++i) dims.push_back(i);
    inputs.push_back(input.flip(dims).flip(dims));  // a copy: two inputs may be one tensor
    others.push_back(is_floating(input.dtype()) ? Tensor::randn(input.shape(), rng).to(input.dtype())
                                                : input.flip(dims));
  }
  Trace result = Recording(module, inputs).result();
  check_same(result, Recording(module, others).result());
  return result;
}

}  // namespace wisp::nn
