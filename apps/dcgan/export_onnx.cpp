#include <apps/dcgan/export_onnx.h>

#include <limits>

#include <onnx/onnx_pb.h>

#include <wisp/core/version.h>
#include <wisp/io/atomic_file.h>

namespace wisp::apps {
namespace {

// The version of the format in which operator set 13 came (docs/Versioning.md).
constexpr int ir_version = 7, operator_set = 13;

using Extents = std::vector<std::int64_t>;

void add_ints(onnx::NodeProto& node, const char* name, const Extents& values) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}

void add_initializer(onnx::GraphProto& graph, const std::string& name, const Extents& extents,
                     const std::vector<float>& numbers) {
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t extent : extents) tensor.add_dims(extent);
  tensor.set_raw_data(numbers.data(), numbers.size() * sizeof(float));  // little-endian, as every machine Wisp runs on
}

onnx::NodeProto& add_node(onnx::GraphProto& graph, const char* type, const std::vector<std::string>& inputs,
                          const std::string& output) {
  onnx::NodeProto& node = *graph.add_node();
  node.set_name(output);
  node.set_op_type(type);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return node;
}

// A value of shape (N, extents).
void describe(onnx::ValueInfoProto& value, const char* name, const Extents& extents) {
  value.set_name(name);
  onnx::TypeProto_Tensor& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("N");
  for (const std::int64_t extent : extents) type.mutable_shape()->add_dim()->set_dim_value(extent);
}

void add_layer(onnx::GraphProto& graph, const FoldedLayer& folded, bool transposed, const std::string& input,
               const std::string& output) {
  const models::DcganLayer& layer = folded.layer;
  const std::string weight = layer.name + ".weight", bias = layer.name + ".bias";
  const std::int64_t first = transposed ? layer.in_channels : layer.out_channels,
                     second = transposed ? layer.out_channels : layer.in_channels;
  add_initializer(graph, weight, {first, second, layer.kernel, layer.kernel}, folded.weight);
  add_initializer(graph, bias, {layer.out_channels}, folded.bias);
  onnx::NodeProto& node = add_node(graph, transposed ? "ConvTranspose" : "Conv", {input, weight, bias}, output);
  add_ints(node, "kernel_shape", {layer.kernel, layer.kernel});
  add_ints(node, "strides", {layer.stride, layer.stride});
  add_ints(node, "pads", Extents(4, layer.padding));
}

void add_activation(onnx::GraphProto& graph, bool is_generator, const std::string& input, const std::string& output) {
  onnx::NodeProto& node = add_node(graph, is_generator ? "Relu" : "LeakyRelu", {input}, output);
  if (is_generator) return;
  onnx::AttributeProto& slope = *node.add_attribute();
  slope.set_name("alpha");
  slope.set_type(onnx::AttributeProto::FLOAT);
  slope.set_f(0.2f);
}

onnx::ModelProto make_model(const FoldedNetwork& network) {
  onnx::ModelProto model;
  model.set_ir_version(ir_version);
  model.set_producer_name("wisp");
  model.set_producer_version(version());
  model.add_opset_import()->set_version(operator_set);
  onnx::GraphProto& graph = *model.mutable_graph();
  const bool is_generator = network.is_generator;
  graph.set_name(is_generator ? "generator" : "discriminator");
  const models::DcganOptions& o = network.options;
  const Extents image{o.channels, o.image_size, o.image_size};
  const char *input = is_generator ? "z" : "image", *output = is_generator ? "image" : "logits";
  describe(*graph.add_input(), input, is_generator ? Extents{o.inputs(), 1, 1} : image);
  describe(*graph.add_output(), output, is_generator ? image : Extents{o.logits(), 1, 1});
  std::string value = input;
  for (const FoldedLayer& layer : network.layers) {
    const bool last = &layer == &network.layers.back();
    const std::string &name = layer.layer.name, convolved = last && !is_generator ? output : name + ".convolved",
                      activated = name + ".activated", added = name + ".added";
    add_layer(graph, layer, is_generator, value, convolved);
    if (!last) add_activation(graph, is_generator, convolved, activated);
    if (last && is_generator) add_node(graph, "Tanh", {convolved}, output);
    if (layer.layer.residual) add_node(graph, "Add", {value, activated}, added);
    value = layer.layer.residual ? added : activated;
  }
  return model;
}

}  // namespace

void write_onnx(const std::string& path, const FoldedNetwork& network) {
  const onnx::ModelProto model = make_model(network);
  const std::size_t bytes = model.ByteSizeLong();
  check(bytes <= std::numeric_limits<std::int32_t>::max(),
        "export: the network needs {} bytes as onnx, the format holds less than 2 GiB", bytes);
  const std::string text = model.SerializeAsString();
  write_file_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace wisp::apps
