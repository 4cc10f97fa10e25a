#include <wisp/nn/sequential.h>

#include <optional>

#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>

namespace wisp::nn {
namespace {

// The slope of a ReLU or LeakyReLU that batch_norm_leaky_relu can take in.
std::optional<double> negative_slope_of(const Module& layer) {
  if (dynamic_cast<const ReLU*>(&layer) != nullptr) return 0.0;
  const auto* leaky = dynamic_cast<const LeakyReLU*>(&layer);
  return leaky != nullptr && leaky->negative_slope() >= 0 ? std::optional(leaky->negative_slope()) : std::nullopt;
}

}  // namespace

Tensor Sequential::forward(const Tensor& input) {
  Tensor x = input;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    auto* norm = dynamic_cast<BatchNorm*>(layers_[i].get());
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
