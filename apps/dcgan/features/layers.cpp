#include <apps/dcgan/features/layers.h>

#include <algorithm>
#include <cctype>

#include <apps/common/finite.h>
#include <wisp/nn/print.h>
#include <wisp/nn/trace.h>

namespace wisp::apps {
namespace {

// What the layer computes, or where that is more than one thing its type.
std::string kind_of(const nn::Trace& trace, const nn::TracedCall& call) {
  if (call.end_op - call.first_op == 1) return trace.ops[call.first_op].op;
  std::string kind = call.type;
  std::transform(kind.begin(), kind.end(), kind.begin(), [](unsigned char c) { return std::tolower(c); });
  return kind;
}

std::string size_formula(const nn::Trace& trace, const nn::TracedCall& call) {
  const nn::TracedOp& op = trace.ops[call.first_op];
  if (call.end_op - call.first_op != 1 || (op.op != "conv2d" && op.op != "conv_transpose2d")) return "";
  const auto first = [&](const char* name) { return attribute<std::vector<std::int64_t>>(op, name)[0]; };
  const char* const formula =
      op.op == "conv2d" ? "⌊({0} + 2·{2} − {3}) / {1}⌋ + 1 = {4}" : "({} − 1)·{} − 2·{} + {} = {}";
  return fmt::format(fmt::runtime(formula), trace.shape(op.inputs[0])[2], first("stride"), first("padding"),
                     trace.shape(op.inputs[1])[2], trace.shape(op.outputs[0])[2]);
}

}  // namespace

std::vector<LayerFeatures> layer_features(nn::Sequential& network, const Tensor& input) {
  const nn::Trace trace = nn::trace(network, {input});
  std::vector<LayerFeatures> result;
  for (const nn::TracedCall& call : trace.calls) {
    if (call.depth != 1) continue;
    const Tensor& x = trace.values[call.outputs[0]].tensor;
    result.push_back({nn::one_line(network[result.size()]), kind_of(trace, call), size_formula(trace, call), x});
    check(is_finite({x.data<float>(), static_cast<std::size_t>(x.numel())}),
          "features: layer {}, {}, gives numbers that are not finite: its weights are spoiled", call.module,
          result.back().name);
  }
  return result;
}

}  // namespace wisp::apps
