#include <wisp/nn/sequential.h>

#include <optional>
#include <typeinfo>

#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/call_observer.h>
#include <wisp/nn/description.h>

namespace wisp::nn {
namespace {

// Of these very classes: one derived from them may have a forward() of its own.
template <class... Layers>
bool is_plain(const Module& layer) {
  return ((typeid(layer) == typeid(Layers)) || ...) && !layer.has_hooks();
}

// The slope of a ReLU or LeakyReLU that batch_norm_leaky_relu can take in.
std::optional<double> negative_slope_of(const Module& layer) {
  if (!is_plain<ReLU, LeakyReLU>(layer)) return std::nullopt;
  const auto* const leaky = dynamic_cast<const LeakyReLU*>(&layer);
  const double slope = leaky == nullptr ? 0 : leaky->negative_slope;
  return slope >= 0 ? std::optional(slope) : std::nullopt;
}

}  // namespace

Sequential::Sequential(const std::vector<std::shared_ptr<Module>>& modules) {
  for (const std::shared_ptr<Module>& module : modules) register_child(std::to_string(size()), module);
}

Tensor Sequential::forward(const Tensor& input) const {
  const NamedModules& layers = named_children();
  const bool fuses = CallObserver::newest() == nullptr;
  Tensor x = input;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Module& layer = *layers[i].second;
    const std::optional<double> slope = fuses && i + 1 < layers.size() && is_plain<BatchNorm1d, BatchNorm2d>(layer)
                                            ? negative_slope_of(*layers[i + 1].second)
                                            : std::nullopt;
    if (slope) {
      x = static_cast<const BatchNorm&>(layer).forward_leaky_relu(x, *slope);
      ++i;
    } else {
      x = layer(x);
    }
  }
  return x;
}

std::shared_ptr<Module> Sequential::make(const Description& description, Rng& rng) {
  return std::make_shared<Sequential>(make_children(description, rng));
}

}  // namespace wisp::nn
