#include <apps/dcgan/folded_network.h>

#include <algorithm>
#include <cmath>

#include <apps/common/finite.h>

namespace wisp::apps {
namespace {

// The channels' factors and offsets of what follows a convolution.
struct Affine {
  std::vector<double> scale;
  std::vector<double> offset;
};

Affine affine_behind(const nn::StateDict& state, const models::DcganLayer& layer) {
  const auto values = [&](const std::string& place, const char* name) {
    const auto found = state.find(place + name);
    return found == state.end() ? std::vector<float>() : found->second.values<float>();
  };
  const auto count = static_cast<std::size_t>(layer.out_channels);
  Affine result{std::vector<double>(count, 1.0), std::vector<double>(count, 0.0)};
  const std::vector<float> convolution_bias = values(layer.name, ".bias");
  std::copy(convolution_bias.begin(), convolution_bias.end(), result.offset.begin());
  if (layer.norm.empty()) return result;
  check(state.contains(layer.norm + ".running_mean"),
        "export: layer {} is a GroupNorm, which only --format safetensors can hold", layer.norm);
  const auto weight = values(layer.norm, ".weight"), bias = values(layer.norm, ".bias"),
             mean = values(layer.norm, ".running_mean"), variance = values(layer.norm, ".running_var");
  for (std::size_t c = 0; c < count; ++c) {
    result.scale[c] = weight[c] / std::sqrt(variance[c] + 1e-5);
    result.offset[c] = (result.offset[c] - mean[c]) * result.scale[c] + bias[c];
  }
  return result;
}

void check_finite(const std::vector<float>& numbers, const std::string& layer) {
  check(is_finite(numbers), "export: layer {} or its norm has numbers that are not finite", layer);
}

// What the weight is divided by: u^T W v where it is spectrally normalised, else 1.
double divisor_of(const nn::StateDict& state, const std::string& layer, const std::vector<float>& weight) {
  const std::string vectors = layer + ".parametrizations.weight.0.";
  if (!state.contains(vectors + "_u")) return 1;
  const std::vector<float> u = state.at(vectors + "_u").values<float>(), v = state.at(vectors + "_v").values<float>();
  double sigma = 0;
  for (std::size_t i = 0; i < weight.size(); ++i)
    sigma += static_cast<double>(u[i / v.size()]) * weight[i] * v[i % v.size()];
  return sigma;
}

FoldedLayer fold_layer(const nn::StateDict& state, const models::DcganLayer& layer, models::Norm norm,
                       bool transposed) {
  FoldedLayer result{layer, state.at(models::weight_key(layer.name, norm)).values<float>(), {}};
  const Affine affine = affine_behind(state, layer);
  const double divisor = divisor_of(state, layer.name, result.weight);
  const auto out = static_cast<std::size_t>(layer.out_channels), in = static_cast<std::size_t>(layer.in_channels);
  const auto window = static_cast<std::size_t>(layer.kernel * layer.kernel);
  for (std::size_t i = 0; i < result.weight.size(); ++i) {
    const std::size_t channel = transposed ? i / window % out : i / (window * in);
    result.weight[i] = static_cast<float>(result.weight[i] * affine.scale[channel] / divisor);
  }
  for (const double offset : affine.offset) result.bias.push_back(static_cast<float>(offset));
  check_finite(result.weight, layer.name);
  check_finite(result.bias, layer.name);
  return result;
}

}  // namespace

FoldedNetwork fold(const LoadedGenerator& generator) {
  FoldedNetwork result{true, generator.options, {}};
  const nn::StateDict state = generator.network.state_dict();
  for (const models::DcganLayer& layer : models::dcgan_generator_layers(generator.options))
    result.layers.push_back(fold_layer(state, layer, models::Norm::batch, true));
  return result;
}

FoldedNetwork fold(const LoadedDiscriminator& discriminator) {
  FoldedNetwork result{false, discriminator.options, {}};
  for (const models::DcganLayer& layer : models::dcgan_discriminator_layers(discriminator.options))
    result.layers.push_back(fold_layer(discriminator.state, layer, discriminator.options.norm, false));
  return result;
}

}  // namespace wisp::apps
