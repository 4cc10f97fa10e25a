#include <apps/dcgan/features/layers.h>

#include <numeric>
#include <optional>

#include <apps/common/finite.h>
#include <wisp/autograd/grad_mode.h>

namespace wisp::apps {
namespace {

// How one of the two networks is built.
struct Kind {
  bool transposed;
  models::Norm norm;
  LayerText activation;
  std::optional<LayerText> last;  // what is behind the last convolution
  std::int64_t size;              // of the input
};

std::string convolution_name(const models::DcganLayer& layer, const Kind& kind) {
  const std::string name =
      fmt::format("{}({}, {}, {}{}{})", kind.transposed ? "ConvTranspose2d" : "Conv2d", layer.in_channels,
                  layer.out_channels, layer.kernel, layer.stride == 1 ? "" : fmt::format(", stride={}", layer.stride),
                  layer.padding == 0 ? "" : fmt::format(", padding={}", layer.padding));
  return kind.norm == models::Norm::spectral ? fmt::format("SpectralNorm({})", name) : name;
}

std::string norm_name(const models::DcganLayer& layer, const Kind& kind) {
  if (kind.norm == models::Norm::batch) return fmt::format("BatchNorm2d({})", layer.out_channels);
  const std::int64_t channels = layer.out_channels, groups = channels / std::gcd(channels, std::int64_t{16});
  return fmt::format("GroupNorm({}, {})", groups, channels);
}

LayerText residual_text(const models::DcganLayer& layer, const Kind& kind) {
  std::string name = convolution_name(layer, kind);
  if (!layer.norm.empty()) name = fmt::format("{}, {}", name, norm_name(layer, kind));
  return {fmt::format("Residual({}, {})", name, kind.activation.name), "residual"};
}

LayerText convolution_text(const models::DcganLayer& layer, const Kind& kind, std::int64_t in, std::int64_t out) {
  const char* formula = kind.transposed ? "({} − 1)·{} − 2·{} + {} = {}" : "⌊({0} + 2·{2} − {3}) / {1}⌋ + 1 = {4}";
  return {convolution_name(layer, kind), kind.transposed ? "conv_transpose2d" : "conv2d",
          fmt::format(fmt::runtime(formula), in, layer.stride, layer.padding, layer.kernel, out)};
}

std::vector<LayerText> texts(const std::vector<models::DcganLayer>& layers, const Kind& kind) {
  std::vector<LayerText> result;
  std::int64_t size = kind.size;
  for (const models::DcganLayer& layer : layers) {
    if (layer.residual) {
      result.push_back(residual_text(layer, kind));
      continue;
    }
    const std::int64_t in = size;
    size = kind.transposed ? (in - 1) * layer.stride - 2 * layer.padding + layer.kernel
                           : (in + 2 * layer.padding - layer.kernel) / layer.stride + 1;
    result.push_back(convolution_text(layer, kind, in, size));
    if (!layer.norm.empty())
      result.push_back({norm_name(layer, kind), kind.norm == models::Norm::batch ? "batch_norm2d" : "group_norm"});
    if (&layer != &layers.back()) result.push_back(kind.activation);
  }
  if (kind.last) result.push_back(*kind.last);
  return result;
}

}  // namespace

std::vector<LayerText> generator_texts(const models::DcganOptions& options) {
  return texts(models::dcgan_generator_layers(options),
               {true, models::Norm::batch, {"ReLU", "relu"}, LayerText{"Tanh", "tanh"}, 1});
}

std::vector<LayerText> discriminator_texts(const models::DcganOptions& options) {
  return texts(models::dcgan_discriminator_layers(options),
               {false, options.norm, {"LeakyReLU(0.2)", "leaky_relu"}, std::nullopt, options.image_size});
}

Tensors layer_outputs(const nn::Sequential& network, const std::vector<LayerText>& texts, const Tensor& input) {
  check(network.size() == texts.size(), "features: {} texts for {} layers", texts.size(), network.size());
  const NoGrad guard;
  Tensors outputs;
  for (std::size_t i = 0; i < network.size(); ++i) {
    outputs.push_back(network[i](i == 0 ? input : outputs.back()));
    const Tensor& x = outputs.back();
    check(is_finite({x.data<float>(), static_cast<std::size_t>(x.numel())}),
          "features: layer {}, {}, gives numbers that are not finite: its weights are spoiled", i, texts[i].name);
  }
  return outputs;
}

}  // namespace wisp::apps
