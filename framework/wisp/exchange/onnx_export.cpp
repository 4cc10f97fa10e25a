#include <wisp/exchange/onnx_export.h>

#include <limits>
#include <set>

#include <wisp/core/version.h>
#include <wisp/exchange/fold_norms.h>
#include <wisp/exchange/onnx_graph.h>
#include <wisp/exchange/onnx_ops.h>
#include <wisp/io/atomic_file.h>
#include <wisp/ops/slice.h>

namespace wisp {
namespace {

using nn::Trace;

// The version of the format in which operator set 13 came (docs/Versioning.md).
constexpr int ir_version = 7, operator_set = 13;

Tensors with_larger_batch(const Tensors& samples) {
  Tensors result;
  for (const Tensor& sample : samples) {
    if (sample.rank() == 0 || sample.dim(0) == 0 || sample.dim(0) != samples[0].dim(0)) return {};
    result.push_back(cat({sample, sample.narrow(0, 0, 1)}));
  }
  return result;
}

// The shapes that values have where every input is one longer; nothing where the network does not take that.
std::vector<Shape> shapes_of_larger_batch(nn::Module& module, const Tensors& samples, const Trace& trace) {
  const Tensors larger = with_larger_batch(samples);
  if (larger.empty()) return {};
  std::vector<Shape> shapes;
  try {
    const Trace other = nn::trace(module, larger);
    if (other.ops.size() != trace.ops.size() || other.values.size() != trace.values.size()) return {};
    for (std::size_t i = 0; i < trace.ops.size(); ++i)
      if (trace.ops[i].attributes != other.ops[i].attributes || trace.ops[i].inputs != other.ops[i].inputs) return {};
    for (std::size_t i = 0; i < trace.values.size(); ++i) {
      if (trace.values[i].is_constant && !nn::detail::same_numbers(trace.values[i].tensor, other.values[i].tensor))
        return {};
      shapes.push_back(other.shape(i));
    }
    for (const std::size_t output : trace.outputs)
      if (shapes[output].rank() == 0 || shapes[output].dim(0) != larger[0].dim(0)) return {};
  } catch (const Error&) {  // it takes this batch alone
    return {};
  }
  return shapes;
}

std::vector<std::string> names_for(const std::vector<std::string>& given, std::size_t count, const char* usual) {
  if (given.empty() && count == 1) return {usual};
  if (given.empty()) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back(fmt::format("{}_{}", usual, i));
    return names;
  }
  check(given.size() == count, "save_onnx: {} names are given for {} {}s", given.size(), count, usual);
  check(std::set(given.begin(), given.end()).size() == count, "save_onnx: a name is given to two {}s", usual);
  return given;
}

}  // namespace

void save_onnx(const std::string& path, nn::Module& module, const Tensors& samples, const OnnxOptions& options) {
  Trace trace = nn::trace(module, samples);
  check(!trace.inputs.empty(), "save_onnx: at least one sample input is needed");
  const std::vector<Shape> larger = shapes_of_larger_batch(module, samples, trace);
  if (options.fold_norms) trace = fold_norms(std::move(trace));
  OnnxGraph graph(trace, larger, options.graph_name);
  graph.name_inputs(names_for(options.input_names, trace.inputs.size(), "input"));
  graph.name_outputs(names_for(options.output_names, trace.outputs.size(), "output"));
  for (const nn::TracedOp& op : trace.ops) add_onnx_op(graph, op);
  const std::string text = graph.serialized(ir_version, operator_set, version());
  write_file_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace wisp
