// Trace: what a network computes, recorded op by op on sample inputs.
//
// It is a graph of what the network computes in evaluation mode: values, and ops that make values of others. A value
// that follows from parameters and buffers alone is a constant. Whatever wants to know what a forward() written in C++
// does (summary, feature maps, ONNX, C++ headers) reads a trace.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include <wisp/autograd/recorder.h>
#include <wisp/nn/module.h>

namespace wisp::nn {

struct TracedValue {
  Tensor tensor;            ///< its numbers on the sample
  bool is_constant = true;  ///< it does not depend on the inputs
  std::string name = {};    ///< of a parameter or buffer, as in state_dict(); else empty
};

struct TracedOp {
  std::string op;                   ///< "conv2d"; see the ops' own headers
  std::vector<std::size_t> inputs;  ///< values; Trace::none for an undefined tensor
  std::vector<std::size_t> outputs;
  autograd::Attributes attributes;
  std::string module;  ///< the innermost module that called it, such as "2.conv"; empty for the network itself
};

/// The attribute of an op; throws Error when there is none.
const autograd::Attribute& attribute(const TracedOp& op, const char* name);
/// The same as a T; throws Error when it is of another type.
template <class T>
const T& attribute(const TracedOp& op, const char* name) {
  const T* const value = std::get_if<T>(&attribute(op, name));
  check(value != nullptr, "{}: the attribute {} is of another type", op.op, name);
  return *value;
}
/// A call of a module that gave a result. Those inside of it follow it.
struct TracedCall {
  std::string module;  ///< "2.conv"; empty for the network itself
  std::string type;
  int depth;  ///< 0 for the network itself
  std::vector<std::size_t> inputs = {}, outputs = {};
  std::size_t first_op = 0, end_op = 0;  ///< its ops, those of the modules inside of it included
};

struct Trace {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::vector<TracedValue> values = {};
  std::vector<TracedOp> ops = {};  ///< in order; each has an input that is no constant
  std::vector<TracedCall> calls = {};
  std::vector<std::size_t> inputs = {}, outputs = {};

  const Shape& shape(std::size_t value) const { return values[value].tensor.shape(); }
};

namespace detail {

/// Whether two tensors have the same bits.
bool same_numbers(const Tensor& a, const Tensor& b);
/// Throws Error: `reader`, which reads a trace, has no way to say this op.
[[noreturn]] void refuse(const char* reader, const TracedOp& op, const std::string& why);

}  // namespace detail

/// Calls the module in evaluation mode on the inputs, and on others of the same shapes: random numbers, and of whole
/// numbers the same in reverse, since they may be classes. The mode is then what it was.
/// Throws Error naming the module and the op where forward() takes numbers out of what follows from the inputs
/// (Tensor::item() and values()), or does not do the same, with the same constants, for both: such control flow cannot
/// be recorded.
Trace trace(Module& module, const Tensors& inputs);

}  // namespace wisp::nn
