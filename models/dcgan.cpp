#include <models/dcgan.h>

#include <numeric>

#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/group_norm.h>
#include <wisp/nn/init.h>
#include <wisp/nn/residual.h>
#include <wisp/nn/spectral_norm.h>

namespace wisp::models {
namespace {

void check_range(const char* name, std::int64_t value, std::int64_t most) {
  check(1 <= value && value <= most, "dcgan: {} must be between 1 and {}, given {}", name, most, value);
}

// Channels of the widest layer, which is 4 x 4 in the generator.
std::int64_t widest(const DcganOptions& options) {
  check_range("latent", options.latent, 65536);
  check_range("base_channels", options.base_channels, 65536);
  check(options.image_size == 28 || options.image_size == 32 || options.image_size == 64 || options.image_size == 128,
        "dcgan: image_size must be 28, 32, 64 or 128, given {}", options.image_size);
  check(options.channels == 1 || options.channels == 3, "dcgan: channels must be 1 or 3, given {}", options.channels);
  check(options.classes == 0 || (2 <= options.classes && options.classes <= 256),
        "dcgan: classes must be 0, or between 2 and 256, given {}", options.classes);
  for (const auto& [name, blocks] :
       {std::pair{"generator", options.generator_blocks}, std::pair{"discriminator", options.discriminator_blocks}})
    check(0 <= blocks && blocks <= 100, "dcgan: {}_blocks must be between 0 and 100, given {}", name, blocks);
  return options.base_channels * (options.image_size == 28 ? 4 : options.image_size / 8);
}

const std::vector<DcganLayer>& check_weights(const std::vector<DcganLayer>& layers) {
  std::int64_t weights = 0;
  for (const DcganLayer& layer : layers)
    weights += layer.in_channels * layer.out_channels * layer.kernel * layer.kernel;
  check(weights <= 500'000'000,
        "dcgan: a network of {} million weights was asked for, at most 500 million are supported", weights / 1'000'000);
  return layers;
}

// Puts residual blocks behind the convolutions.
void append(std::vector<DcganLayer>& layers, const DcganLayer& convolution, std::int64_t blocks) {
  layers.push_back(convolution);
  const std::int64_t channels = convolution.out_channels;
  for (std::int64_t i = 0; i < blocks; ++i) layers.push_back({channels, channels, 3, 1, 1, true});
}

// Names the layers by their places in the nn::Sequential, with a norm behind all but the last, and but the first where
// there is none.
std::vector<DcganLayer> named(std::vector<DcganLayer> layers, bool norm, bool norm_behind_first) {
  std::size_t place = 0;
  for (DcganLayer& layer : layers) {
    const bool first = &layer == &layers.front(), last = &layer == &layers.back(),
               has_norm = norm && !last && (!first || norm_behind_first);
    layer.name = layer.residual ? fmt::format("{}.0", place) : fmt::format("{}", place);
    if (has_norm) layer.norm = layer.residual ? fmt::format("{}.1", place) : fmt::format("{}", place + 1);
    place += layer.residual ? 1 : 2 + (has_norm ? 1 : 0);
  }
  return check_weights(layers);
}

void push_norm(nn::Sequential& network, Norm norm, std::int64_t channels) {
  if (norm == Norm::batch) network.push_back(nn::BatchNorm2d(channels));
  if (norm == Norm::group) network.push_back(nn::GroupNorm(channels / std::gcd(channels, std::int64_t{16}), channels));
}

void push_convolution(nn::Sequential& network, nn::Conv2d convolution, Norm norm, Rng& rng) {
  if (norm == Norm::spectral)
    network.push_back(nn::SpectralNorm(std::move(convolution), {}, rng));
  else
    network.push_back(std::move(convolution));
}

// Runs push(target) on the network, or on what then becomes a residual block at its end.
template <class Push>
void push_layer(nn::Sequential& network, const DcganLayer& layer, const Push& push) {
  if (!layer.residual) return push(network);
  nn::Sequential block;
  push(block);
  network.push_back(nn::Residual(std::move(block)));
}

}  // namespace

const char* name_of(Norm norm) {
  constexpr const char* names[] = {"batch", "none", "group", "spectral"};
  return names[static_cast<int>(norm)];
}

Norm norm_of(std::string_view name) {
  for (const Norm norm : {Norm::batch, Norm::none, Norm::group, Norm::spectral})
    if (name == name_of(norm)) return norm;
  fail("{} is not a normalisation; valid are batch, none, group and spectral", name);
}

bool is_layer(Norm norm) { return norm == Norm::batch || norm == Norm::group; }

std::string weight_key(const std::string& name, Norm norm) {
  return name + (norm == Norm::spectral ? ".parametrizations.weight.original" : ".weight");
}

std::vector<DcganLayer> dcgan_generator_layers(const DcganOptions& options) {
  std::int64_t width = widest(options);
  std::vector<DcganLayer> layers{{options.inputs(), width, 4, 1, 0}};
  for (std::int64_t size = 4; size != options.image_size;) {
    const bool to_seven = size == 4 && options.image_size == 28;
    size = to_seven ? 7 : 2 * size;
    const bool last = size == options.image_size;
    const std::int64_t next = last ? options.channels : width / 2;
    append(layers, {width, next, to_seven ? 3 : 4, 2, 1}, last ? 0 : options.generator_blocks);
    width = next;
  }
  return named(std::move(layers), true, true);
}

std::vector<DcganLayer> dcgan_discriminator_layers(const DcganOptions& options) {
  std::int64_t width = options.channels, size = options.image_size;
  std::vector<DcganLayer> layers;
  for (std::int64_t next = options.base_channels; next <= widest(options); next *= 2) {
    append(layers, {width, next, 4, 2, 1}, layers.empty() ? 0 : options.discriminator_blocks);
    width = next;
    size /= 2;
  }
  layers.push_back({width, options.logits(), size, 1, 0});
  return named(std::move(layers), is_layer(options.norm), false);
}

nn::Sequential dcgan_generator(const DcganOptions& options, Rng& rng) {
  nn::Sequential network;
  const std::vector<DcganLayer> layers = dcgan_generator_layers(options);
  for (const DcganLayer& layer : layers)
    push_layer(network, layer, [&](nn::Sequential& target) {
      target.push_back(nn::ConvTranspose2d(layer.in_channels, layer.out_channels, layer.kernel,
                                           {.stride = layer.stride, .padding = layer.padding, .bias = false}, rng));
      if (&layer == &layers.back()) return target.push_back(nn::Tanh());
      push_norm(target, Norm::batch, layer.out_channels);
      target.push_back(nn::ReLU());
    });
  return network;
}

nn::Sequential dcgan_discriminator(const DcganOptions& options, Rng& rng) {
  nn::Sequential network;
  const std::vector<DcganLayer> layers = dcgan_discriminator_layers(options);
  for (const DcganLayer& layer : layers)
    push_layer(network, layer, [&](nn::Sequential& target) {
      push_convolution(target,
                       nn::Conv2d(layer.in_channels, layer.out_channels, layer.kernel,
                                  {.stride = layer.stride, .padding = layer.padding, .bias = false}, rng),
                       options.norm, rng);
      if (!layer.norm.empty()) push_norm(target, options.norm, layer.out_channels);
      if (&layer != &layers.back()) target.push_back(nn::LeakyReLU(0.2));
    });
  return network;
}

void dcgan_init(nn::Module& network, Rng& rng) {
  for (const auto& [name, parameter] : network.named_parameters()) {
    if (parameter.rank() == 4)
      nn::init::normal_(parameter, 0.0, 0.02, rng);
    else if (name.ends_with("weight"))
      nn::init::normal_(parameter, 1.0, 0.02, rng);
    else
      nn::init::constant_(parameter, 0.0);
  }
}

}  // namespace wisp::models
