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

  /// The name of a value; a constant becomes an initializer, called `hint` where it has no name of its own. "" for
  /// Trace::none.
  std::string name_of_value(std::size_t value, const std::string& hint = "constant");
  /// An initializer of its own, called `hint` or something like it.
  std::string add_constant(const Tensor& tensor, const std::string& hint);
  std::string add_constant(const std::vector<std::int64_t>& numbers, const std::string& hint);
  /// A node whose output is a new name, for what lies between two values.
  std::string add_step(const char* type, const std::vector<std::string>& inputs, const nn::TracedOp& op);
  /// A node that makes the op's output.
  onnx::NodeProto& add_node(const char* type, const std::vector<std::string>& inputs, const nn::TracedOp& op);
  /// The node that was added last.
  onnx::NodeProto& last_node() { return *graph_.mutable_node(graph_.node_size() - 1); }

  const Shape& shape(std::size_t value) const { return trace_.shape(value); }
  DType dtype(std::size_t value) const { return trace_.values[value].tensor.dtype(); }
  /// The value's extents, -1 where it follows the batch. Throws Error naming the op where several do.
  std::vector<std::int64_t> extents(std::size_t value, const nn::TracedOp& op) const;

  /// The model as bytes. Throws Error for 2 GiB or more.
  std::string serialized(int ir_version, int operator_set, const std::string& producer_version);

 private:
  std::string unique(const std::string& wanted);
  onnx::NodeProto& add(const char* type, const std::vector<std::string>& inputs, const std::string& output);
  void describe(onnx::ValueInfoProto& info, const std::string& name, std::size_t value) const;

  const nn::Trace& trace_;
  std::vector<Shape> larger_;
  onnx::GraphProto graph_;
  std::map<std::size_t, std::string> names_;  // of values
  std::set<std::string> taken_;
  std::vector<std::pair<std::string, std::size_t>> copies_;  // outputs that no node of their own makes
};

void add_ints(onnx::NodeProto& node, const char* name, const std::vector<std::int64_t>& values);
void add_int(onnx::NodeProto& node, const char* name, std::int64_t value);
void add_float(onnx::NodeProto& node, const char* name, double value);
void add_text(onnx::NodeProto& node, const char* name, const std::string& value);
/// ONNX's number of a dtype. Throws Error for bf16, which few programs compute with.
int onnx_dtype(DType dtype);

}  // namespace wisp
