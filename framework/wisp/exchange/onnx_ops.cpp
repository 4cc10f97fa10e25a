#include <wisp/exchange/onnx_ops.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <limits>
#include <map>
#include <set>

namespace wisp {
namespace {

using autograd::Attributes;
using nn::Trace;
using nn::TracedOp;
using Ints = std::vector<std::int64_t>;
using Names = std::vector<std::string>;
using Add = std::function<void(OnnxGraph&, const TracedOp&)>;

[[noreturn]] void refuse(const TracedOp& op, const std::string& why) { nn::detail::refuse("save_onnx", op, why); }

// Attributes of the op, each with ONNX's name before Wisp's.
using NamePairs = std::vector<std::pair<const char*, const char*>>;
Attributes attributes_of(const TracedOp& op, const NamePairs& names) {
  Attributes result;
  for (const auto& [name, ours] : names) result.emplace_back(name, attribute(op, ours));
  return result;
}

// An operator that computes the same of the same inputs.
Add same(const char* type, const NamePairs& attributes = {}) {
  return [=](OnnxGraph& graph, const TracedOp& op) {
    graph.add_node(type, graph.inputs(), attributes_of(op, attributes));
  };
}

// Operators of set 13 that take tensors alone and have the name of the op but for the capital.
bool has_its_name(const std::string& type) {
  static const std::set<std::string> types{
      "Abs",     "Acos", "Acosh", "Add",   "Asin",     "Asinh",    "Atan", "Atanh", "Ceil",       "Cos",  "Cosh",
      "Div",     "Erf",  "Exp",   "Floor", "Log",      "Mul",      "Neg",  "Pow",   "Reciprocal", "Relu", "Round",
      "Sigmoid", "Sign", "Sin",   "Sinh",  "Softplus", "Softsign", "Sqrt", "Sub",   "Tan",        "Tanh"};
  return types.contains(type);
}

// Top, left, bottom, right.
Ints pads(const TracedOp& op) {
  const Ints& padding = attribute<Ints>(op, "padding");
  return {padding[0], padding[1], padding[0], padding[1]};
}

// Numbers for every channel, where the op was given none.
std::string per_channel(OnnxGraph& graph, const TracedOp& op, std::size_t i, double otherwise, const char* name) {
  if (op.inputs[i] != Trace::none) return graph.input(i, name);
  const std::size_t output = op.outputs[0];
  return graph.add_constant(Tensor::full({graph.shape(output)[1]}, otherwise, graph.dtype(output)), name);
}

void add_convolution(OnnxGraph& graph, const TracedOp& op) {
  const bool transposed = op.op == "conv_transpose2d";
  const Shape& weight = graph.shape(op.inputs[1]);
  Attributes attributes = attributes_of(op, {{"strides", "stride"}, {"dilations", "dilation"}, {"group", "groups"}});
  attributes.emplace_back("kernel_shape", Ints{weight[2], weight[3]});
  attributes.emplace_back("pads", pads(op));
  if (transposed) attributes.emplace_back("output_padding", attribute(op, "output_padding"));
  const std::string input = graph.input(0), name = graph.input(1, "weight"),
                    bias = per_channel(graph, op, 2, 0, "bias");
  graph.add_node(transposed ? "ConvTranspose" : "Conv", {input, name, bias}, attributes);
}

void add_linear(OnnxGraph& graph, const TracedOp& op) {
  const std::string input = graph.input(0), weight = graph.input(1, "weight"), bias = graph.input(2, "bias");
  if (graph.shape(op.inputs[0]).rank() == 2)
    return graph.add_node("Gemm", bias.empty() ? Names{input, weight} : Names{input, weight, bias}, {{"transB", 1}});
  const std::string columns = graph.add_step("Transpose", {weight});
  if (bias.empty()) return graph.add_node("MatMul", {input, columns});
  graph.add_node("Add", {graph.add_step("MatMul", {input, columns}), bias});
}

void add_batch_norm(OnnxGraph& graph, const TracedOp& op) {
  if (attribute<bool>(op, "training")) refuse(op, "with the statistics of the batch, which operator set 13 cannot say");
  const std::string input = graph.input(0), weight = per_channel(graph, op, 3, 1, "weight"),
                    bias = per_channel(graph, op, 4, 0, "bias"), mean = per_channel(graph, op, 1, 0, "running_mean"),
                    variance = per_channel(graph, op, 2, 1, "running_var");
  const Names inputs{input, weight, bias, mean, variance};
  const Attributes eps = attributes_of(op, {{"epsilon", "eps"}});
  if (op.op == "batch_norm") return graph.add_node("BatchNormalization", inputs, eps);
  const std::string step = graph.add_step("BatchNormalization", inputs, eps);
  graph.add_node("LeakyRelu", {step}, attributes_of(op, {{"alpha", "negative_slope"}}));
}

// As an instance norm over the groups: (N, groups, rest of the elements).
void add_group_norm(OnnxGraph& graph, const TracedOp& op) {
  const auto groups = attribute<std::int64_t>(op, "num_groups");
  const DType dtype = graph.dtype(op.inputs[0]);
  const Shape& shape = graph.shape(op.inputs[0]);
  const std::string grouped =
      graph.add_step("Reshape", {graph.input(0), graph.add_constant(Ints{0, groups, -1}, "groups")});
  const std::string ones = graph.add_constant(Tensor::ones({groups}, dtype), "ones"),
                    zeros = graph.add_constant(Tensor::zeros({groups}, dtype), "zeros");
  const std::string normal =
      graph.add_step("InstanceNormalization", {grouped, ones, zeros}, attributes_of(op, {{"epsilon", "eps"}}));
  Names inputs{normal, graph.add_constant(graph.extents(), "shape")};
  const char* type = "Reshape";
  for (const auto& [next, i] : {std::pair{"Mul", std::size_t{1}}, std::pair{"Add", std::size_t{2}}}) {
    if (op.inputs[i] == Trace::none) continue;
    Ints extents(static_cast<std::size_t>(shape.rank()), 1);
    extents[1] = shape[1];
    const std::string numbers = graph.input(i, i == 1 ? "weight" : "bias");
    inputs = {graph.add_step(type, inputs),
              graph.add_step("Reshape", {numbers, graph.add_constant(extents, "channels")})};
    type = next;
  }
  graph.add_node(type, inputs);
}

// With ceil_mode the pads at the bottom and right that make the recorded size: ONNX's ceil_mode has other windows where
// one would begin beyond the image. Pixels that are not there do not count.
Ints pads_of_max_pool(OnnxGraph& graph, const TracedOp& op) {
  Ints result = pads(op);
  if (!attribute<bool>(op, "ceil_mode")) return result;
  for (std::size_t side = 0; side < 2; ++side) {
    const auto of = [&](const char* name) { return attribute<Ints>(op, name)[side]; };
    const int dim = static_cast<int>(side) + 2;
    const std::int64_t reach =
        (graph.shape(op.outputs[0])[dim] - 1) * of("stride") + of("dilation") * (of("kernel_size") - 1) + 1;
    result[side + 2] = std::max<std::int64_t>(reach - graph.shape(op.inputs[0])[dim] - result[side], 0);
  }
  return result;
}

void add_max_pool(OnnxGraph& graph, const TracedOp& op) {
  Attributes attributes =
      attributes_of(op, {{"kernel_shape", "kernel_size"}, {"strides", "stride"}, {"dilations", "dilation"}});
  attributes.emplace_back("pads", pads_of_max_pool(graph, op));
  graph.add_node("MaxPool", graph.inputs(), attributes);
}

void add_avg_pool(OnnxGraph& graph, const TracedOp& op) {
  Attributes attributes = attributes_of(op, {{"kernel_shape", "kernel_size"}, {"strides", "stride"}});
  attributes.emplace_back("pads", pads(op));
  attributes.emplace_back("count_include_pad", 1);
  graph.add_node("AveragePool", graph.inputs(), attributes);
}

void add_reshape(OnnxGraph& graph, const TracedOp&) {
  graph.add_node("Reshape", {graph.input(0), graph.add_constant(graph.extents(), "shape")});
}

void add_broadcast(OnnxGraph& graph, const TracedOp& op) {
  Ints extents = graph.extents();
  const Shape& from = graph.shape(op.inputs[0]);
  const std::size_t shift = extents.size() - static_cast<std::size_t>(from.rank());
  for (std::size_t i = 0; i < extents.size(); ++i) {
    if (extents[i] != -1) continue;
    if (i < shift || from[static_cast<int>(i - shift)] == 1) refuse(op, "to as many as the batch has");
    extents[i] = 1;
  }
  graph.add_node("Expand", {graph.input(0), graph.add_constant(extents, "shape")});
}

void add_pad(OnnxGraph& graph, const TracedOp& op) {
  const auto& mode = attribute<std::string>(op, "mode");
  if (mode == "circular") refuse(op, "with the mode circular, which operator set 13 cannot say");
  const auto rank = static_cast<std::size_t>(graph.shape(op.inputs[0]).rank());
  const auto side = [&](const char* name) { return attribute<std::int64_t>(op, name); };
  Ints all(2 * rank, 0);
  all[rank - 2] = side("top");
  all[rank - 1] = side("left");
  all[2 * rank - 2] = side("bottom");
  all[2 * rank - 1] = side("right");
  graph.add_node("Pad", {graph.input(0), graph.add_constant(all, "pads")},
                 {{"mode", mode == "zeros"       ? "constant"
                           : mode == "replicate" ? "edge"
                                                 : mode}});
}

void add_slice(OnnxGraph& graph, const Ints& starts, const Ints& ends, const Ints& axes, const Ints& steps) {
  graph.add_node("Slice", {graph.input(0), graph.add_constant(starts, "starts"), graph.add_constant(ends, "ends"),
                           graph.add_constant(axes, "axes"), graph.add_constant(steps, "steps")});
}

void add_narrow(OnnxGraph& graph, const TracedOp& op) {
  const auto start = attribute<std::int64_t>(op, "start"), length = attribute<std::int64_t>(op, "length");
  add_slice(graph, {start}, {start + length}, {attribute<std::int64_t>(op, "dim")}, {1});
}

void add_flip(OnnxGraph& graph, const TracedOp& op) {
  const Ints& dims = attribute<Ints>(op, "dims");
  const Ints before_first(dims.size(), std::numeric_limits<std::int64_t>::min()), minus_one(dims.size(), -1);
  add_slice(graph, minus_one, before_first, dims, minus_one);
}

// Sums take their axes as an input, the others as an attribute.
void add_sum(OnnxGraph& graph, const TracedOp& op) {
  graph.add_node("ReduceSum", {graph.input(0), graph.add_constant(attribute<Ints>(op, "dims"), "axes")},
                 attributes_of(op, {{"keepdims", "keepdim"}}));
}

void add_argmax(OnnxGraph& graph, const TracedOp& op) {
  Attributes attributes = attributes_of(op, {{"keepdims", "keepdim"}});
  attributes.emplace_back("axis", attribute<Ints>(op, "dims").at(0));
  graph.add_node("ArgMax", graph.inputs(), attributes);
}

void add_upsample(OnnxGraph& graph, const TracedOp& op) {
  const auto scale = static_cast<float>(attribute<std::int64_t>(op, "scale"));
  const bool nearest = op.op == "upsample_nearest2d";
  Attributes attributes{{"mode", nearest ? "nearest" : "linear"},
                        {"coordinate_transformation_mode", nearest ? "asymmetric" : "half_pixel"}};
  if (nearest) attributes.emplace_back("nearest_mode", "floor");
  const Tensor scales = Tensor::from({4}, {1.f, 1.f, scale, scale});
  graph.add_node("Resize", {graph.input(0), "", graph.add_constant(scales, "scales")}, attributes);
}

void add_one_hot(OnnxGraph& graph, const TracedOp& op) {
  const Ints classes{attribute<std::int64_t>(op, "num_classes")};
  graph.add_node("OneHot",
                 {graph.input(0), graph.add_constant(classes, "classes"), graph.add_constant(Ints{0, 1}, "values")});
}

void add_square(OnnxGraph& graph, const TracedOp&) {
  const std::string input = graph.input(0);
  graph.add_node("Mul", {input, input});
}

void add_cast(OnnxGraph& graph, const TracedOp& op) {
  graph.add_node("Cast", graph.inputs(), {{"to", onnx_dtype(graph.dtype(op.outputs[0]))}});
}

const std::map<std::string, Add>& table() {
  static const std::map<std::string, Add> ops{{"amax", same("ReduceMax", {{"axes", "dims"}, {"keepdims", "keepdim"}})},
                                              {"argmax", add_argmax},
                                              {"avg_pool2d", add_avg_pool},
                                              {"batch_norm", add_batch_norm},
                                              {"batch_norm_leaky_relu", add_batch_norm},
                                              {"broadcast_to", add_broadcast},
                                              {"cat", same("Concat", {{"axis", "dim"}})},
                                              {"conv2d", add_convolution},
                                              {"conv_transpose2d", add_convolution},
                                              {"flip", add_flip},
                                              {"gather", same("GatherElements", {{"axis", "dim"}})},
                                              {"group_norm", add_group_norm},
                                              {"leaky_relu", same("LeakyRelu", {{"alpha", "negative_slope"}})},
                                              {"linear", add_linear},
                                              {"log_softmax", same("LogSoftmax", {{"axis", "dim"}})},
                                              {"matmul", same("MatMul")},
                                              {"max_pool2d", add_max_pool},
                                              {"mean", same("ReduceMean", {{"axes", "dims"}, {"keepdims", "keepdim"}})},
                                              {"narrow", add_narrow},
                                              {"one_hot", add_one_hot},
                                              {"pad2d", add_pad},
                                              {"permute", same("Transpose", {{"perm", "dims"}})},
                                              {"reshape", add_reshape},
                                              {"softmax", same("Softmax", {{"axis", "dim"}})},
                                              {"square", add_square},
                                              {"sum", add_sum},
                                              {"to", add_cast},
                                              {"upsample_bilinear2d", add_upsample},
                                              {"upsample_nearest2d", add_upsample}};
  return ops;
}

}  // namespace

void add_onnx_op(OnnxGraph& graph, const TracedOp& op) {
  graph.begin(op);
  if (const auto found = table().find(op.op); found != table().end()) return found->second(graph, op);
  std::string type = op.op;
  type[0] = static_cast<char>(std::toupper(type[0]));
  if (!op.attributes.empty() || !has_its_name(type)) refuse(op, "which is not exported");
  graph.add_node(type.c_str(), graph.inputs(), {});
}

}  // namespace wisp
