#include <wisp/nn/summary.h>

#include <algorithm>
#include <map>

#include <fmt/ranges.h>

#include <wisp/core/rng.h>
#include <wisp/nn/trace.h>

namespace wisp::nn {
namespace {

// Each number of a convolution's output is a sum of (channels of a group) (kernel pixels) products; each number of a
// transposed one's input goes into as many.
std::int64_t multiplications_of(const Trace& trace, const TracedOp& op) {
  const auto numel = [&](std::size_t value) { return trace.shape(value).numel(); };
  if (op.op == "conv2d") return numel(op.outputs[0]) * (numel(op.inputs[1]) / trace.shape(op.inputs[1])[0]);
  if (op.op == "conv_transpose2d") return numel(op.inputs[0]) * (numel(op.inputs[1]) / trace.shape(op.inputs[1])[0]);
  if (op.op == "linear" || op.op == "matmul") return numel(op.outputs[0]) * trace.shape(op.inputs[0]).dim(-1);
  return 0;
}

std::int64_t bytes_of(const Tensor& tensor) {
  return tensor.numel() * static_cast<std::int64_t>(size_of(tensor.dtype()));
}

// The parameters of each module itself, by its path.
std::map<std::string, std::int64_t> count_own_parameters(const Module& network) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& [name, parameter] : network.named_parameters()) {
    const std::size_t dot = name.rfind('.');
    counts[dot == std::string::npos ? "" : name.substr(0, dot)] += parameter.numel();
  }
  return counts;
}

// "1,234,567"
std::string in_thousands(std::int64_t number) {
  std::string text = std::to_string(number);
  for (auto i = static_cast<int>(text.size()) - 3; i > 0; i -= 3) text.insert(static_cast<std::size_t>(i), 1, ',');
  return text;
}

std::string megabytes(std::int64_t bytes) { return fmt::format("{:.2f}", static_cast<double>(bytes) / 1e6); }

}  // namespace

Summary summary(Module& module, const Tensors& inputs) {
  const Trace recorded = trace(module, inputs);
  std::map<std::string, std::int64_t> own = count_own_parameters(module);
  Summary result;
  for (std::size_t i = 0; i < recorded.calls.size(); ++i) {
    const TracedCall& call = recorded.calls[i];
    LayerSummary layer{call.module, call.type, call.depth};
    if (!call.outputs.empty()) layer.output = recorded.shape(call.outputs[0]);
    layer.parameters = own[call.module];
    for (std::size_t k = call.first_op; k < call.end_op; ++k)
      layer.multiplications += multiplications_of(recorded, recorded.ops[k]);
    for (const std::size_t output : call.outputs) layer.bytes += bytes_of(recorded.values[output].tensor);
    const bool is_leaf = i + 1 == recorded.calls.size() || recorded.calls[i + 1].depth <= call.depth;
    if (is_leaf) result.output_bytes += layer.bytes;
    result.layers.push_back(std::move(layer));
  }
  for (const Tensor& parameter : module.parameters()) {
    result.parameters += parameter.numel();
    if (parameter.requires_grad()) result.trained_parameters += parameter.numel();
    result.parameter_bytes += bytes_of(parameter);
  }
  for (const auto& [name, buffer] : module.named_buffers()) result.parameter_bytes += bytes_of(buffer);
  for (const TracedOp& op : recorded.ops) result.multiplications += multiplications_of(recorded, op);
  for (const Tensor& input : inputs) result.input_bytes += bytes_of(input);
  return result;
}

Summary summary(Module& module, const Shape& input) {
  Rng rng(1);
  return summary(module, Tensors{Tensor::randn(input, rng)});
}

std::string to_string(const Summary& summary) {
  constexpr const char* row = "{:<44}{:<22}{:>14}{:>20}{:>16}\n";
  const std::string line(116, '=');
  std::string text =
      line + "\n" +
      fmt::format(fmt::runtime(row), "Layer (type: name)", "Output Shape", "Param #", "Mult-Adds", "Bytes") + line +
      "\n";
  for (const LayerSummary& layer : summary.layers) {
    const std::string shape = fmt::format("[{}]", fmt::join(layer.output.begin(), layer.output.end(), ", "));
    const std::string name = layer.name.empty() ? layer.type : fmt::format("{}: {}", layer.type, layer.name);
    text +=
        fmt::format(fmt::runtime(row), fmt::format("{:{}}{}", "", 2 * layer.depth, name), shape,
                    layer.parameters > 0 ? in_thousands(layer.parameters) : "--",
                    layer.multiplications > 0 ? in_thousands(layer.multiplications) : "--", in_thousands(layer.bytes));
  }
  text += line + "\n";
  text += fmt::format("Total params: {}\nTrainable params: {}\nNon-trainable params: {}\nTotal mult-adds (M): {:.2f}\n",
                      in_thousands(summary.parameters), in_thousands(summary.trained_parameters),
                      in_thousands(summary.parameters - summary.trained_parameters),
                      static_cast<double>(summary.multiplications) / 1e6);
  text += line + "\n";
  text +=
      fmt::format("Input size (MB): {}\nForward pass size (MB): {}\nParams size (MB): {}\n",
                  megabytes(summary.input_bytes), megabytes(summary.output_bytes), megabytes(summary.parameter_bytes));
  return text + line;
}

}  // namespace wisp::nn
