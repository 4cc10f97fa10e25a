#include <wisp/exchange/fold_norms.h>

#include <algorithm>
#include <cmath>

namespace wisp {
namespace {

using nn::Trace;
using nn::TracedOp;

bool is_constant(const Trace& trace, std::size_t value) {
  return value == Trace::none || trace.values[value].is_constant;
}

std::vector<double> numbers(const Trace& trace, std::size_t value, std::size_t count, double otherwise) {
  if (value == Trace::none) return std::vector<double>(count, otherwise);
  return trace.values[value].tensor.to(DType::f64).values<double>();
}

class Folding {
 public:
  explicit Folding(Trace trace) : trace_(std::move(trace)), uses_(trace_.values.size(), 0) {
    for (const TracedOp& op : trace_.ops)
      for (const std::size_t input : op.inputs)
        if (input != Trace::none) ++uses_[input];
    for (const std::size_t output : trace_.outputs) ++uses_[output];
  }

  Trace folded() {
    std::vector<TracedOp> kept;
    for (TracedOp& op : trace_.ops) {
      TracedOp* const layer = op.op == "batch_norm" ? layer_before(kept, op) : nullptr;
      if (layer != nullptr)
        fold(*layer, op);
      else
        kept.push_back(std::move(op));
    }
    trace_.ops = std::move(kept);
    return std::move(trace_);
  }

 private:
  // The op that makes the norm's input for nothing else, of which the norm can become a part.
  TracedOp* layer_before(std::vector<TracedOp>& ops, const TracedOp& norm) const {
    if (attribute<bool>(norm, "training") || uses_[norm.inputs[0]] != 1) return nullptr;
    for (std::size_t i = 1; i < norm.inputs.size(); ++i)
      if (!is_constant(trace_, norm.inputs[i])) return nullptr;
    const auto made = std::find_if(ops.begin(), ops.end(),
                                   [&](const TracedOp& op) { return op.outputs == std::vector{norm.inputs[0]}; });
    if (made == ops.end()) return nullptr;
    const bool is_layer = made->op == "conv2d" || made->op == "conv_transpose2d" ||
                          (made->op == "linear" && trace_.shape(norm.inputs[0]).rank() == 2);
    return is_layer && is_constant(trace_, made->inputs[1]) && is_constant(trace_, made->inputs[2]) ? &*made : nullptr;
  }

  void fold(TracedOp& layer, const TracedOp& norm) {
    const auto channels = static_cast<std::size_t>(trace_.shape(norm.outputs[0])[1]);
    const double eps = attribute<double>(norm, "eps");
    const std::vector<double> mean = numbers(trace_, norm.inputs[1], channels, 0),
                              variance = numbers(trace_, norm.inputs[2], channels, 1),
                              factor = numbers(trace_, norm.inputs[3], channels, 1),
                              shift = numbers(trace_, norm.inputs[4], channels, 0);
    std::vector<double> scale(channels), bias = numbers(trace_, layer.inputs[2], channels, 0);
    for (std::size_t c = 0; c < channels; ++c) {
      scale[c] = factor[c] / std::sqrt(variance[c] + eps);
      bias[c] = (bias[c] - mean[c]) * scale[c] + shift[c];
    }
    const Tensor weight = trace_.values[layer.inputs[1]].tensor;
    std::vector<double> scaled = weight.to(DType::f64).values<double>();
    const bool transposed = layer.op == "conv_transpose2d";
    const Shape& shape = weight.shape();
    const std::int64_t groups = transposed ? attribute<std::int64_t>(layer, "groups") : 1;
    const auto inner = static_cast<std::size_t>(transposed ? shape[2] * shape[3] : shape.numel() / shape[0]);
    const auto per_group = channels / static_cast<std::size_t>(groups);
    const auto rows_per_group = static_cast<std::size_t>(shape[0] / groups);
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      const std::size_t group = transposed ? i / (inner * per_group) / rows_per_group : 0;
      scaled[i] *= scale[transposed ? group * per_group + i / inner % per_group : i / inner];
    }
    layer.inputs[1] = put(layer.inputs[1], shape, scaled, weight.dtype(), layer.module, ".weight");
    layer.inputs[2] =
        put(layer.inputs[2], {static_cast<std::int64_t>(channels)}, bias, weight.dtype(), layer.module, ".bias");
    layer.outputs = norm.outputs;
  }

  // A constant with these numbers in the place of another.
  std::size_t put(std::size_t old, const Shape& shape, const std::vector<double>& values, DType dtype,
                  const std::string& module, const char* name) {
    const Tensor tensor = Tensor::from(shape, values).to(dtype);
    const std::vector<double> rounded = tensor.to(DType::f64).values<double>();
    check(std::all_of(rounded.begin(), rounded.end(), [](double x) { return std::isfinite(x); }),
          "layer {} or its norm has numbers that are not finite", module);
    const std::string named = old == Trace::none ? "" : trace_.values[old].name;
    trace_.values.push_back({tensor, true, named.empty() ? module + name : named});
    uses_.push_back(1);
    return trace_.values.size() - 1;
  }

  Trace trace_;
  std::vector<int> uses_;
};

}  // namespace

Trace fold_norms(Trace trace) { return Folding(std::move(trace)).folded(); }

}  // namespace wisp
