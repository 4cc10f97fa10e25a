#include <wisp/exchange/onnx_ops.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <limits>
#include <set>

namespace wisp {
namespace {

using Ints = std::vector<std::int64_t>;
using nn::Trace;
using nn::TracedOp;
using Add = std::function<void(OnnxGraph&, const TracedOp&)>;

[[noreturn]] void refuse(const TracedOp& op, const std::string& why) {
  fail("save_onnx: {} calls {}, {}", op.module.empty() ? "the network" : op.module, op.op, why);
}

std::string behind(const TracedOp& op, const char* name) { return op.module.empty() ? name : op.module + "." + name; }

std::vector<std::string> names_of_inputs(OnnxGraph& graph, const TracedOp& op) {
  std::vector<std::string> names;
  for (const std::size_t input : op.inputs) names.push_back(graph.name_of_value(input, behind(op, "constant")));
  return names;
}

// Operators of set 13 that take tensors alone and have the name of the op but for the capital.
bool has_its_name(const std::string& type) {
  static const std::set<std::string> types{
      "Abs",     "Acos", "Acosh", "Add",   "Asin",     "Asinh",    "Atan", "Atanh", "Ceil",       "Cos",  "Cosh",
      "Div",     "Erf",  "Exp",   "Floor", "Log",      "Mul",      "Neg",  "Pow",   "Reciprocal", "Relu", "Round",
      "Sigmoid", "Sign", "Sin",   "Sinh",  "Softplus", "Softsign", "Sqrt", "Sub",   "Tan",        "Tanh"};
  return types.contains(type);
}

// top, left, bottom, right
Ints pads(const Ints& padding) { return {padding[0], padding[1], padding[0], padding[1]}; }

void add_convolution(OnnxGraph& graph, const TracedOp& op) {
  const bool transposed = op.op == "conv_transpose2d";
  const Shape& weight = graph.shape(op.inputs[1]);
  const std::string input = graph.name_of_value(op.inputs[0]),
                    name = graph.name_of_value(op.inputs[1], behind(op, "weight")),
                    bias = op.inputs[2] != Trace::none
                               ? graph.name_of_value(op.inputs[2], behind(op, "bias"))
                               : graph.add_constant(
                                     Tensor::zeros({graph.shape(op.outputs[0])[1]}, graph.dtype(op.inputs[1])),
                                     behind(op, "bias"));
  onnx::NodeProto& node = graph.add_node(transposed ? "ConvTranspose" : "Conv", {input, name, bias}, op);
  add_ints(node, "kernel_shape", {weight[2], weight[3]});
  add_ints(node, "strides", attribute<Ints>(op, "stride"));
  add_ints(node, "pads", pads(attribute<Ints>(op, "padding")));
  add_ints(node, "dilations", attribute<Ints>(op, "dilation"));
  add_int(node, "group", attribute<std::int64_t>(op, "groups"));
  if (transposed) add_ints(node, "output_padding", attribute<Ints>(op, "output_padding"));
}

void add_linear(OnnxGraph& graph, const TracedOp& op) {
  const std::string input = graph.name_of_value(op.inputs[0]),
                    weight = graph.name_of_value(op.inputs[1], behind(op, "weight")),
                    bias = graph.name_of_value(op.inputs[2], behind(op, "bias"));
  if (graph.shape(op.inputs[0]).rank() == 2) {
    std::vector<std::string> inputs{input, weight};
    if (!bias.empty()) inputs.push_back(bias);
    add_int(graph.add_node("Gemm", inputs, op), "transB", 1);
    return;
  }
  const std::string columns = graph.add_step("Transpose", {weight}, op);
  if (bias.empty()) {
    graph.add_node("MatMul", {input, columns}, op);
    return;
  }
  graph.add_node("Add", {graph.add_step("MatMul", {input, columns}, op), bias}, op);
}

// Numbers for every channel, where the op was given none.
std::string per_channel(OnnxGraph& graph, const TracedOp& op, std::size_t input, double otherwise, const char* name) {
  if (op.inputs[input] != Trace::none) return graph.name_of_value(op.inputs[input], behind(op, name));
  return graph.add_constant(Tensor::full({graph.shape(op.inputs[0])[1]}, otherwise, graph.dtype(op.inputs[0])),
                            behind(op, name));
}

void add_batch_norm(OnnxGraph& graph, const TracedOp& op) {
  if (attribute<bool>(op, "training")) refuse(op, "with the statistics of the batch, which operator set 13 cannot say");
  const std::string input = graph.name_of_value(op.inputs[0]), weight = per_channel(graph, op, 3, 1, "weight"),
                    bias = per_channel(graph, op, 4, 0, "bias"), mean = per_channel(graph, op, 1, 0, "running_mean"),
                    variance = per_channel(graph, op, 2, 1, "running_var");
  const double slope = attribute<double>(op, "negative_slope");
  const auto normalised = [&](onnx::NodeProto& node) { add_float(node, "epsilon", attribute<double>(op, "eps")); };
  if (op.op == "batch_norm")
    return normalised(graph.add_node("BatchNormalization", {input, weight, bias, mean, variance}, op));
  const std::string step = graph.add_step("BatchNormalization", {input, weight, bias, mean, variance}, op);
  normalised(graph.last_node());
  add_float(graph.add_node("LeakyRelu", {step}, op), "alpha", slope);
}

// As an instance norm over the groups: (N, groups, rest of the elements).
void add_group_norm(OnnxGraph& graph, const TracedOp& op) {
  const std::int64_t groups = attribute<std::int64_t>(op, "num_groups");
  const DType dtype = graph.dtype(op.inputs[0]);
  const Shape& shape = graph.shape(op.inputs[0]);
  const std::string grouped = graph.add_step(
      "Reshape", {graph.name_of_value(op.inputs[0]), graph.add_constant(Ints{0, groups, -1}, behind(op, "groups"))},
      op);
  const std::string ones = graph.add_constant(Tensor::ones({groups}, dtype), behind(op, "ones")),
                    zeros = graph.add_constant(Tensor::zeros({groups}, dtype), behind(op, "zeros"));
  const std::string normal = graph.add_step("InstanceNormalization", {grouped, ones, zeros}, op);
  add_float(graph.last_node(), "epsilon", attribute<double>(op, "eps"));
  std::vector<std::string> inputs{normal, graph.add_constant(graph.extents(op.outputs[0], op), behind(op, "shape"))};
  const char* type = "Reshape";
  for (const auto& [next, input] : {std::pair{"Mul", std::size_t{1}}, std::pair{"Add", std::size_t{2}}}) {
    if (op.inputs[input] == Trace::none) continue;
    Ints extents(static_cast<std::size_t>(shape.rank()), 1);
    extents[1] = shape[1];
    const std::string numbers = graph.name_of_value(op.inputs[input], behind(op, input == 1 ? "weight" : "bias"));
    inputs = {graph.add_step(type, inputs, op),
              graph.add_step("Reshape", {numbers, graph.add_constant(extents, behind(op, "channels"))}, op)};
    type = next;
  }
  graph.add_node(type, inputs, op);
}

// With ceil_mode the pads at the bottom and right that make the recorded size: ONNX's ceil_mode has other windows where
// one would begin beyond the image. Pixels that are not there do not count.
Ints pads_of_pool(OnnxGraph& graph, const TracedOp& op) {
  Ints result = pads(attribute<Ints>(op, "padding"));
  if (op.op != "max_pool2d" || !attribute<bool>(op, "ceil_mode")) return result;
  for (std::size_t side = 0; side < 2; ++side) {
    const auto of = [&](const char* name) { return attribute<Ints>(op, name)[side]; };
    const int dim = static_cast<int>(side) + 2;
    const std::int64_t reach =
        (graph.shape(op.outputs[0])[dim] - 1) * of("stride") + of("dilation") * (of("kernel_size") - 1) + 1;
    result[side + 2] = std::max<std::int64_t>(reach - graph.shape(op.inputs[0])[dim] - result[side], 0);
  }
  return result;
}

void add_pool(OnnxGraph& graph, const TracedOp& op) {
  const bool is_max = op.op == "max_pool2d";
  onnx::NodeProto& node = graph.add_node(is_max ? "MaxPool" : "AveragePool", names_of_inputs(graph, op), op);
  add_ints(node, "kernel_shape", attribute<Ints>(op, "kernel_size"));
  add_ints(node, "strides", attribute<Ints>(op, "stride"));
  add_ints(node, "pads", pads_of_pool(graph, op));
  if (is_max)
    add_ints(node, "dilations", attribute<Ints>(op, "dilation"));
  else
    add_int(node, "count_include_pad", 1);
}

void add_reshape(OnnxGraph& graph, const TracedOp& op) {
  graph.add_node(
      "Reshape",
      {graph.name_of_value(op.inputs[0]), graph.add_constant(graph.extents(op.outputs[0], op), behind(op, "shape"))},
      op);
}

void add_broadcast(OnnxGraph& graph, const TracedOp& op) {
  Ints extents = graph.extents(op.outputs[0], op);
  const Shape& from = graph.shape(op.inputs[0]);
  const std::size_t shift = extents.size() - static_cast<std::size_t>(from.rank());
  for (std::size_t i = 0; i < extents.size(); ++i) {
    if (extents[i] != -1) continue;
    if (i < shift || from[static_cast<int>(i - shift)] == 1) refuse(op, "to as many as the batch has");
    extents[i] = 1;
  }
  graph.add_node("Expand", {graph.name_of_value(op.inputs[0]), graph.add_constant(extents, behind(op, "shape"))}, op);
}

void add_pad(OnnxGraph& graph, const TracedOp& op) {
  const auto& mode = attribute<std::string>(op, "mode");
  if (mode == "circular") refuse(op, "with the mode circular, which operator set 13 cannot say");
  const int rank = graph.shape(op.inputs[0]).rank();
  Ints all(2 * static_cast<std::size_t>(rank), 0);
  const auto side = [&](const char* name) { return attribute<std::int64_t>(op, name); };
  all[static_cast<std::size_t>(rank - 2)] = side("top");
  all[static_cast<std::size_t>(rank - 1)] = side("left");
  all[static_cast<std::size_t>(2 * rank - 2)] = side("bottom");
  all[static_cast<std::size_t>(2 * rank - 1)] = side("right");
  onnx::NodeProto& node =
      graph.add_node("Pad", {graph.name_of_value(op.inputs[0]), graph.add_constant(all, behind(op, "pads"))}, op);
  add_text(node, "mode", mode == "zeros" ? "constant" : mode == "replicate" ? "edge" : mode);
}

void add_slice(OnnxGraph& graph, const TracedOp& op, const Ints& starts, const Ints& ends, const Ints& axes,
               const Ints& steps) {
  graph.add_node("Slice",
                 {graph.name_of_value(op.inputs[0]), graph.add_constant(starts, behind(op, "starts")),
                  graph.add_constant(ends, behind(op, "ends")), graph.add_constant(axes, behind(op, "axes")),
                  graph.add_constant(steps, behind(op, "steps"))},
                 op);
}

void add_narrow(OnnxGraph& graph, const TracedOp& op) {
  const auto start = attribute<std::int64_t>(op, "start"), length = attribute<std::int64_t>(op, "length");
  add_slice(graph, op, {start}, {start + length}, {attribute<std::int64_t>(op, "dim")}, {1});
}

void add_flip(OnnxGraph& graph, const TracedOp& op) {
  const Ints& dims = attribute<Ints>(op, "dims");
  add_slice(graph, op, Ints(dims.size(), -1), Ints(dims.size(), std::numeric_limits<std::int64_t>::min()), dims,
            Ints(dims.size(), -1));
}

// Sums take their axes as an input, the others as an attribute.
void add_reduction(OnnxGraph& graph, const TracedOp& op) {
  const Ints& dims = attribute<Ints>(op, "dims");
  const std::string input = graph.name_of_value(op.inputs[0]);
  const bool is_sum = op.op == "sum";
  std::vector<std::string> inputs{input};
  if (is_sum) inputs.push_back(graph.add_constant(dims, behind(op, "axes")));
  onnx::NodeProto& node = graph.add_node(is_sum            ? "ReduceSum"
                                         : op.op == "mean" ? "ReduceMean"
                                                           : "ReduceMax",
                                         inputs, op);
  if (!is_sum) add_ints(node, "axes", dims);
  add_int(node, "keepdims", attribute<bool>(op, "keepdim"));
}

void add_argmax(OnnxGraph& graph, const TracedOp& op) {
  onnx::NodeProto& node = graph.add_node("ArgMax", names_of_inputs(graph, op), op);
  add_int(node, "axis", attribute<Ints>(op, "dims").at(0));
  add_int(node, "keepdims", attribute<bool>(op, "keepdim"));
}

// An op with one dimension as its option.
Add along(const char* type) {
  return [type](OnnxGraph& graph, const TracedOp& op) {
    add_int(graph.add_node(type, names_of_inputs(graph, op), op), "axis", attribute<std::int64_t>(op, "dim"));
  };
}

void add_softmax(OnnxGraph& graph, const TracedOp& op) {
  onnx::NodeProto& node = graph.add_node(op.op == "softmax" ? "Softmax" : "LogSoftmax", names_of_inputs(graph, op), op);
  add_int(node, "axis", attribute<std::int64_t>(op, "dim"));
}

void add_upsample(OnnxGraph& graph, const TracedOp& op) {
  const auto scale = static_cast<float>(attribute<std::int64_t>(op, "scale"));
  const bool nearest = op.op == "upsample_nearest2d";
  onnx::NodeProto& node =
      graph.add_node("Resize",
                     {graph.name_of_value(op.inputs[0]), "",
                      graph.add_constant(Tensor::from({4}, {1.f, 1.f, scale, scale}), behind(op, "scales"))},
                     op);
  add_text(node, "mode", nearest ? "nearest" : "linear");
  add_text(node, "coordinate_transformation_mode", nearest ? "asymmetric" : "half_pixel");
  if (nearest) add_text(node, "nearest_mode", "floor");
}

void add_one_hot(OnnxGraph& graph, const TracedOp& op) {
  graph.add_node("OneHot",
                 {graph.name_of_value(op.inputs[0]),
                  graph.add_constant(Ints{attribute<std::int64_t>(op, "num_classes")}, behind(op, "classes")),
                  graph.add_constant(Ints{0, 1}, behind(op, "values"))},
                 op);
}

void add_square(OnnxGraph& graph, const TracedOp& op) {
  const std::string input = graph.name_of_value(op.inputs[0]);
  graph.add_node("Mul", {input, input}, op);
}

const std::map<std::string, Add>& table() {
  static const std::map<std::string, Add> ops{
      {"amax", add_reduction},
      {"argmax", add_argmax},
      {"avg_pool2d", add_pool},
      {"batch_norm", add_batch_norm},
      {"batch_norm_leaky_relu", add_batch_norm},
      {"broadcast_to", add_broadcast},
      {"cat", along("Concat")},
      {"conv2d", add_convolution},
      {"conv_transpose2d", add_convolution},
      {"flip", add_flip},
      {"gather", along("GatherElements")},
      {"group_norm", add_group_norm},
      {"leaky_relu",
       [](OnnxGraph& graph, const TracedOp& op) {
         add_float(graph.add_node("LeakyRelu", names_of_inputs(graph, op), op), "alpha",
                   attribute<double>(op, "negative_slope"));
       }},
      {"linear", add_linear},
      {"log_softmax", add_softmax},
      {"matmul",
       [](OnnxGraph& graph, const TracedOp& op) { graph.add_node("MatMul", names_of_inputs(graph, op), op); }},
      {"max_pool2d", add_pool},
      {"mean", add_reduction},
      {"narrow", add_narrow},
      {"one_hot", add_one_hot},
      {"pad2d", add_pad},
      {"permute",
       [](OnnxGraph& graph, const TracedOp& op) {
         add_ints(graph.add_node("Transpose", names_of_inputs(graph, op), op), "perm", attribute<Ints>(op, "dims"));
       }},
      {"reshape", add_reshape},
      {"softmax", add_softmax},
      {"square", add_square},
      {"sum", add_reduction},
      {"to",
       [](OnnxGraph& graph, const TracedOp& op) {
         add_int(graph.add_node("Cast", names_of_inputs(graph, op), op), "to", onnx_dtype(graph.dtype(op.outputs[0])));
       }},
      {"upsample_bilinear2d", add_upsample},
      {"upsample_nearest2d", add_upsample}};
  return ops;
}

}  // namespace

void add_onnx_op(OnnxGraph& graph, const TracedOp& op) {
  if (const auto found = table().find(op.op); found != table().end()) return found->second(graph, op);
  std::string type = op.op;
  type[0] = static_cast<char>(std::toupper(type[0]));
  if (!op.attributes.empty() || !has_its_name(type)) refuse(op, "which is not exported");
  graph.add_node(type.c_str(), names_of_inputs(graph, op), op);
}

}  // namespace wisp
