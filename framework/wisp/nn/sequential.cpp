#include <wisp/nn/sequential.h>

#include <optional>

#include <wisp/nn/batch_norm.h>
#include <wisp/nn/call_observer.h>
#include <wisp/nn/description.h>

namespace wisp::nn {
namespace {

// What the modules are registered as decides what is computed together: a class derived from one of these is another,
// or none, and may have a forward() of its own.

bool is_batch_norm(const Module& layer) {
  const std::string type = registered_type(layer);
  return (type == "BatchNorm1d" || type == "BatchNorm2d") && !layer.has_hooks();
}

// The slope of a ReLU or LeakyReLU that batch_norm_leaky_relu can take in.
std::optional<double> negative_slope_of(const Module& layer) {
  const std::string type = registered_type(layer);
  if ((type != "ReLU" && type != "LeakyReLU") || layer.has_hooks()) return std::nullopt;
  const double slope = type == "ReLU" ? 0 : layer.options().get<double>("negative_slope");
  return slope >= 0 ? std::optional(slope) : std::nullopt;
}

}  // namespace

Sequential::Sequential(const std::vector<std::shared_ptr<Module>>& modules) {
  for (const std::shared_ptr<Module>& module : modules) register_child(std::to_string(size()), module);
}

Tensor Sequential::forward(const Tensor& input) const {
  const NamedModules& layers = named_children();
  const bool fuses = call_observer() == nullptr;
  Tensor x = input;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Module& layer = *layers[i].second;
    const std::optional<double> slope = fuses && i + 1 < layers.size() && is_batch_norm(layer)
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
