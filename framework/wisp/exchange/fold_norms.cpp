#include <wisp/exchange/fold_norms.h>

#include <algorithm>
#include <cmath>

#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>

namespace wisp {
namespace {

using nn::Trace;
using nn::TracedOp;

bool is_constant(const Trace& trace, std::size_t value) {
  return value == Trace::none || trace.values[value].is_constant;
}

// The numbers of the channels in f64; `otherwise` for each where the op was given none.
Tensor numbers(const Trace& trace, std::size_t value, std::int64_t channels, double otherwise) {
  return value == Trace::none ? Tensor::full({channels}, otherwise, DType::f64)
                              : trace.values[value].tensor.to(DType::f64);
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
  // The layer that can take in the norm: it makes the norm's input, which nothing else uses, and its weights and the
  // norm's are constants. Null where there is none.
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
    const std::int64_t channels = trace_.shape(norm.outputs[0])[1];
    const auto [scale, bias] = detail::affine_of_norm(trace_, norm, numbers(trace_, layer.inputs[2], channels, 0));
    const Tensor weight = trace_.values[layer.inputs[1]].tensor;
    const Shape& shape = weight.shape();
    // The rows of the weight, in f64, and what each is multiplied by: of a transposed convolution every input channel
    // has one for each output channel of its group.
    Tensor rows = weight.to(DType::f64).reshape({channels, -1}), factors = scale.reshape({channels, 1});
    if (layer.op == "conv_transpose2d") {
      const auto groups = attribute<std::int64_t>(layer, "groups");
      rows = rows.reshape({groups, shape[0] / groups, shape[1], -1});
      factors = scale.reshape({groups, 1, shape[1], 1});
    }
    layer.inputs[1] = put(layer.inputs[1], (rows * factors).reshape(shape), weight.dtype(), layer.module, ".weight");
    layer.inputs[2] = put(layer.inputs[2], bias, weight.dtype(), layer.module, ".bias");
    layer.outputs = norm.outputs;
  }

  // A constant with these numbers in the place of another.
  std::size_t put(std::size_t old, const Tensor& numbers, DType dtype, const std::string& module, const char* name) {
    const Tensor tensor = numbers.to(dtype);
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

detail::Affine detail::affine_of_norm(const Trace& trace, const TracedOp& norm, const Tensor& bias) {
  const std::int64_t channels = trace.shape(norm.outputs[0])[1];
  const auto given = [&](std::size_t i, double otherwise) {
    return numbers(trace, norm.inputs[i], channels, otherwise);
  };
  const Tensor scale = given(3, 1) / sqrt(given(2, 1) + attribute<double>(norm, "eps"));
  return {scale, (bias - given(1, 0)) * scale + given(4, 0)};
}

Trace fold_norms(Trace trace) { return Folding(std::move(trace)).folded(); }

}  // namespace wisp
