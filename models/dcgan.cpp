#include <models/dcgan.h>

#include <numeric>

#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/group_norm.h>
#include <wisp/nn/init.h>
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

// Whether the normalisation is a layer of its own.
bool stands_between(Norm norm) { return norm == Norm::batch || norm == Norm::group; }

void push_norm(nn::Sequential& network, Norm norm, std::int64_t channels) {
  if (norm == Norm::batch) network.push_back(nn::BatchNorm2d(channels));
  if (norm == Norm::group) network.push_back(nn::GroupNorm(channels / std::gcd(channels, std::int64_t{16}), channels));
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

std::string weight_key(std::size_t index, Norm norm) {
  return fmt::format("{}.{}", index, norm == Norm::spectral ? "parametrizations.weight.original" : "weight");
}

std::vector<DcganLayer> dcgan_generator_layers(const DcganOptions& options) {
  std::int64_t width = widest(options);
  std::vector<DcganLayer> layers{{0, options.latent, width, 4, 1, 0}};
  for (std::int64_t size = 4; size != options.image_size;) {
    const bool to_seven = size == 4 && options.image_size == 28;
    size = to_seven ? 7 : 2 * size;
    const std::int64_t next = size == options.image_size ? options.channels : width / 2;
    layers.push_back({3 * layers.size(), width, next, to_seven ? 3 : 4, 2, 1});
    width = next;
  }
  return check_weights(layers);
}

std::vector<DcganLayer> dcgan_discriminator_layers(const DcganOptions& options) {
  std::int64_t width = options.channels, size = options.image_size;
  std::vector<DcganLayer> layers;
  const auto next_index = [&]() -> std::size_t {  // behind a LeakyReLU and, but for the second layer, the norm
    if (layers.empty()) return 0;
    return layers.back().index + (layers.size() == 1 || !stands_between(options.norm) ? 2 : 3);
  };
  for (std::int64_t next = options.base_channels; next <= widest(options); next *= 2) {
    layers.push_back({next_index(), width, next, 4, 2, 1});
    width = next;
    size /= 2;
  }
  layers.push_back({next_index(), width, 1, size, 1, 0});
  return check_weights(layers);
}

nn::Sequential dcgan_generator(const DcganOptions& options, Rng& rng) {
  nn::Sequential network;
  for (const DcganLayer& layer : dcgan_generator_layers(options)) {
    if (layer.index > 0) {
      network.push_back(nn::BatchNorm2d(layer.in_channels));
      network.push_back(nn::ReLU());
    }
    network.push_back(nn::ConvTranspose2d(layer.in_channels, layer.out_channels, layer.kernel,
                                          {.stride = layer.stride, .padding = layer.padding, .bias = false}, rng));
  }
  network.push_back(nn::Tanh());
  return network;
}

nn::Sequential dcgan_discriminator(const DcganOptions& options, Rng& rng) {
  nn::Sequential network;
  for (const DcganLayer& layer : dcgan_discriminator_layers(options)) {
    if (network.size() > 1) push_norm(network, options.norm, layer.in_channels);
    if (network.size() > 0) network.push_back(nn::LeakyReLU(0.2));
    nn::Conv2d convolution(layer.in_channels, layer.out_channels, layer.kernel,
                           {.stride = layer.stride, .padding = layer.padding, .bias = false}, rng);
    if (options.norm == Norm::spectral)
      network.push_back(nn::SpectralNorm(std::move(convolution), {}, rng));
    else
      network.push_back(std::move(convolution));
  }
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
