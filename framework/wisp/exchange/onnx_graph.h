// OnnxGraph: an ONNX graph as it is built from a trace: names of values, initializers and nodes. Knows no op.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

#include <wisp/nn/trace.h>

namespace wisp {

class OnnxGraph {
 public:
  /// `larger` has the values' shapes for inputs of a larger batch; it is empty where the batch is fixed.
  OnnxGraph(const nn::Trace& trace, std::vector<Shape> larger, const std::string& name);

  void name_inputs(const std::vector<std::string>& names);
  void name_outputs(const std::vector<std::string>& names);

  /// Begins with an op, which must outlive what is done for it: the names of what is added from now on lie behind that
  /// of the module that calls it.
  void begin(const nn::TracedOp& op) { op_ = &op; }
  /// The name of the op's input i; a constant becomes an initializer, called `hint` where it has no name of its own. ""
  /// for Trace::none.
  std::string input(std::size_t i, const char* hint = "constant");
  /// Those of all its inputs.
  std::vector<std::string> inputs();
  /// An initializer of its own, called `hint` or something like it.
  std::string add_constant(const Tensor& tensor, const char* hint) { return add_initializer(tensor, path(hint)); }
  std::string add_constant(const std::vector<std::int64_t>& numbers, const char* hint);
  /// A node whose output is a new name, which it returns, for what lies between two values.
  std::string add_step(const char* type, const std::vector<std::string>& inputs,
                       const autograd::Attributes& attributes = {});
  /// A node that makes the op's output.
  void add_node(const char* type, const std::vector<std::string>& inputs, const autograd::Attributes& attributes = {});

  const Shape& shape(std::size_t value) const { return trace_.shape(value); }
  DType dtype(std::size_t value) const { return trace_.values[value].tensor.dtype(); }
  /// The extents of the op's output, -1 where it follows the batch. Throws Error naming the op where several do.
  std::vector<std::int64_t> extents() const;

  /// The model as bytes. Throws Error for 2 GiB or more.
  std::string serialized(int ir_version, int operator_set, const std::string& producer_version);

 private:
  std::string path(const std::string& name) const;
  std::string unique(const std::string& wanted);
  std::string name_of_value(std::size_t value, const std::string& hint);
  std::string add_initializer(const Tensor& tensor, const std::string& hint);
  void add(const char* type, const std::vector<std::string>& inputs, const std::string& output,
           const autograd::Attributes& attributes);
  void describe(onnx::ValueInfoProto& info, const std::string& name, std::size_t value) const;

  const nn::Trace& trace_;
  std::vector<Shape> larger_;
  onnx::GraphProto graph_;
  const nn::TracedOp* op_ = nullptr;
  std::map<std::size_t, std::string> names_;  // of values
  std::set<std::string> taken_;
  std::vector<std::pair<std::string, std::size_t>>
      copies_;  // outputs of the graph: their names, and the values that they copy
};

/// ONNX's number of a dtype. Throws Error for bf16, which few programs compute with.
int onnx_dtype(DType dtype);

}  // namespace wisp
