#include <wisp/exchange/onnx_graph.h>

#include <limits>

namespace wisp {

using nn::Trace;

namespace {

void set_value(onnx::AttributeProto& attribute, const autograd::Attribute& value) {
  std::visit(
      [&]<class T>(const T& x) {
        if constexpr (std::is_same_v<T, double>) {
          attribute.set_type(onnx::AttributeProto::FLOAT);
          attribute.set_f(static_cast<float>(x));
        } else if constexpr (std::is_same_v<T, std::string>) {
          attribute.set_type(onnx::AttributeProto::STRING);
          attribute.set_s(x);
        } else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) {
          attribute.set_type(onnx::AttributeProto::INTS);
          for (const std::int64_t number : x) attribute.add_ints(number);
        } else {
          attribute.set_type(onnx::AttributeProto::INT);
          attribute.set_i(x);
        }
      },
      value);
}

}  // namespace

OnnxGraph::OnnxGraph(const Trace& trace, std::vector<Shape> larger, const std::string& name)
    : trace_(trace), larger_(std::move(larger)) {
  graph_.set_name(name);
}

void OnnxGraph::name_inputs(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t value = trace_.inputs[i];
    names_[value] = names[i];
    taken_.insert(names[i]);
    describe(*graph_.add_input(), names[i], value);
  }
}

void OnnxGraph::name_outputs(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t value = trace_.outputs[i];
    check(taken_.insert(names[i]).second, "save_onnx: the output {} is called as an input is", names[i]);
    describe(*graph_.add_output(), names[i], value);
    if (trace_.values[value].is_constant || names_.contains(value))
      copies_.emplace_back(names[i], value);
    else
      names_[value] = names[i];
  }
}

std::string OnnxGraph::path(const std::string& name) const {
  return op_->module.empty() ? name : op_->module + "." + name;
}

std::string OnnxGraph::name_of_value(std::size_t value, const std::string& hint) {
  if (value == Trace::none) return "";
  if (const auto found = names_.find(value); found != names_.end()) return found->second;
  const auto& [tensor, is_constant, name] = trace_.values[value];
  return names_[value] = is_constant ? add_initializer(tensor, name.empty() ? hint : name) : unique(hint);
}

std::string OnnxGraph::input(std::size_t i, const char* hint) { return name_of_value(op_->inputs[i], path(hint)); }

std::vector<std::string> OnnxGraph::inputs() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < op_->inputs.size(); ++i) names.push_back(input(i));
  return names;
}

std::string OnnxGraph::add_initializer(const Tensor& tensor, const std::string& hint) {
  onnx::TensorProto& proto = *graph_.add_initializer();
  proto.set_name(unique(hint));
  proto.set_data_type(onnx_dtype(tensor.dtype()));
  for (const std::int64_t extent : tensor.shape()) proto.add_dims(extent);
  visit_dtype(tensor.dtype(), [&]<class T>(T) {  // little-endian, as every machine Wisp runs on
    const std::vector<T> values = tensor.values<T>();
    proto.set_raw_data(values.data(), values.size() * sizeof(T));
  });
  return proto.name();
}

std::string OnnxGraph::add_constant(const std::vector<std::int64_t>& numbers, const char* hint) {
  return add_constant(Tensor::from({static_cast<std::int64_t>(numbers.size())}, numbers), hint);
}

std::string OnnxGraph::unique(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; !taken_.insert(name).second; ++i) name = fmt::format("{}_{}", wanted, i);
  return name;
}

void OnnxGraph::add(const char* type, const std::vector<std::string>& inputs, const std::string& output,
                    const autograd::Attributes& attributes) {
  onnx::NodeProto& node = *graph_.add_node();
  node.set_name(output);
  node.set_op_type(type);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  for (const auto& [name, value] : attributes) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    set_value(attribute, value);
  }
}

std::string OnnxGraph::add_step(const char* type, const std::vector<std::string>& inputs,
                                const autograd::Attributes& attributes) {
  const std::string output = unique(path(op_->op + ".step"));
  add(type, inputs, output, attributes);
  return output;
}

void OnnxGraph::add_node(const char* type, const std::vector<std::string>& inputs,
                         const autograd::Attributes& attributes) {
  add(type, inputs, name_of_value(op_->outputs[0], path(op_->op)), attributes);
}

std::vector<std::int64_t> OnnxGraph::extents() const {
  const std::size_t value = op_->outputs[0];
  std::vector<std::int64_t> result(shape(value).begin(), shape(value).end());
  if (larger_.empty()) return result;
  int free = 0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (larger_[value][static_cast<int>(i)] == result[i]) continue;
    result[i] = -1;
    ++free;
  }
  if (free > 1)
    nn::detail::refuse("save_onnx", *op_,
                       fmt::format("with {} extents that follow the batch, which ONNX's Reshape cannot say", free));
  return result;
}

void OnnxGraph::describe(onnx::ValueInfoProto& info, const std::string& name, std::size_t value) const {
  info.set_name(name);
  onnx::TypeProto_Tensor& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx_dtype(dtype(value)));
  type.mutable_shape();
  for (int i = 0; i < shape(value).rank(); ++i) {
    auto& extent = *type.mutable_shape()->add_dim();
    const std::int64_t batch = shape(trace_.inputs[0])[0];
    if (larger_.empty() || larger_[value][i] == shape(value)[i])
      extent.set_dim_value(shape(value)[i]);
    else if (shape(value)[i] == batch && larger_[value][i] == batch + 1)
      extent.set_dim_param("N");  // one that follows the batch in another way has no name
  }
}

std::string OnnxGraph::serialized(int ir_version, int operator_set, const std::string& producer_version) {
  for (const auto& [name, value] : copies_) add("Identity", {name_of_value(value, "constant")}, name, {});
  copies_.clear();
  onnx::ModelProto model;
  model.set_ir_version(ir_version);
  model.set_producer_name("wisp");
  model.set_producer_version(producer_version);
  model.add_opset_import()->set_version(operator_set);
  model.mutable_graph()->Swap(&graph_);
  const std::size_t bytes = model.ByteSizeLong();
  check(bytes <= std::numeric_limits<std::int32_t>::max(),
        "save_onnx: the network needs {} bytes as onnx, the format holds less than 2 GiB", bytes);
  return model.SerializeAsString();
}

int onnx_dtype(DType dtype) {
  switch (dtype) {
    case DType::f32: return onnx::TensorProto::FLOAT;
    case DType::f64: return onnx::TensorProto::DOUBLE;
    case DType::i64: return onnx::TensorProto::INT64;
    case DType::u8: return onnx::TensorProto::UINT8;
    case DType::bf16: break;
  }
  fail("save_onnx: a tensor is {}, which is not exported; convert with to(DType::f32)", name_of(dtype));
}

}  // namespace wisp
