#include <wisp/nn/sequential.h>

#include <optional>
#include <typeinfo>

#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>

namespace wisp::nn {
namespace {

// A class derived from one of these may have a forward() of its own, so the types are compared exactly.
template <class M>
const M* exactly(const Module& layer) {
  return typeid(layer) == typeid(M) ? static_cast<const M*>(&layer) : nullptr;
}

// The slope of a ReLU or LeakyReLU that batch_norm_leaky_relu can take in.
std::optional<double> negative_slope_of(const Module& layer) {
  if (exactly<ReLU>(layer) != nullptr) return 0.0;
  const auto* leaky = exactly<LeakyReLU>(layer);
  return leaky != nullptr && leaky->negative_slope() >= 0 ? std::optional(leaky->negative_slope()) : std::nullopt;
}

BatchNorm* batch_norm_of(Module& layer) {
  const bool is_one = exactly<BatchNorm1d>(layer) != nullptr || exactly<BatchNorm2d>(layer) != nullptr;
  return is_one ? static_cast<BatchNorm*>(&layer) : nullptr;
}

}  // namespace

Tensor Sequential::forward(const Tensor& input) {
  Tensor x = input;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    BatchNorm* const norm = batch_norm_of(*layers_[i]);
    const std::optional<double> slope =
        norm != nullptr && i + 1 < layers_.size() ? negative_slope_of(*layers_[i + 1]) : std::nullopt;
    if (slope) {
      x = norm->forward_leaky_relu(x, *slope);
      ++i;
    } else {
      x = layers_[i]->forward(x);
    }
  }
  return x;
}

}  // namespace wisp::nn
