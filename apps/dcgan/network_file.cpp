#include <apps/dcgan/network_file.h>

#include <apps/dcgan/checkpoint.h>
#include <apps/dcgan/network_tensors.h>
#include <apps/dcgan/weight_parts.h>

namespace wisp::apps {
namespace {

// Runs build(file); complaints name the file.
template <class Build>
auto load(const std::string& path, Build build) {
  Safetensors file = read_safetensors(path);
  try {
    check_format_version(file.metadata);
    file.tensors = join_weight_parts(std::move(file.tensors));
    return build(file);
  } catch (const Error& error) {
    throw IoError(path, 0, error.what());
  }
}

// The size of the images, from the number of convolutions and whether the 28 x 28 networks' 3 x 3 kernel is there.
std::int64_t image_size(std::size_t convolutions, bool has_three) {
  check(4 <= convolutions && convolutions <= 6,
        "no DCGAN: a network of {} convolutions, expected 4 (for images of 28 or 32), 5 (64) or 6 (128)", convolutions);
  return convolutions == 4 ? (has_three ? 28 : 32) : (convolutions == 5 ? 64 : 128);
}

void check_image_channels(const NetworkTensors& tensors, std::size_t index, std::int64_t channels) {
  check(channels == 1 || channels == 3, "{}, 1 or 3 channels of images are expected in its second extent",
        tensors.describe(tensors.weight_key(std::to_string(index))));
}

// The kernel's height of the convolution at that place; 0 where there is none.
std::int64_t kernel_at(const NetworkTensors& tensors, std::size_t index) {
  const auto found = tensors.convolutions().find(index);
  return found == tensors.convolutions().end() ? 0 : found->second.dim(2);
}

void check_first(const NetworkTensors& tensors) {
  check(tensors.convolutions().contains(0), "{}, the four extents of a convolution's weight are expected",
        tensors.describe(tensors.weight_key("0")));
}

models::DcganOptions generator_options(const NetworkTensors& tensors, const Metadata& metadata) {
  check_first(tensors);
  constexpr std::size_t second = 3;  // the place; residual blocks are behind it and the next ones
  models::DcganOptions options;
  options.generator_blocks = tensors.blocks_from(second + 3);
  const std::size_t distance = 3 + static_cast<std::size_t>(options.generator_blocks);
  for (const auto& [index, weight] : tensors.convolutions())
    check(index == 0 || (index >= second && (index - second) % distance == 0),
          "{}; a generator has convolutions at 0, {}, {} and so on",
          tensors.describe(tensors.weight_key(std::to_string(index))), second, second + distance);
  const auto& [last, weight] = *tensors.convolutions().rbegin();
  const std::int64_t inputs = tensors.convolutions().at(0).dim(0);
  if (metadata.contains("classes")) options.classes = read_metadata<std::int64_t>(metadata, "classes");
  check(options.classes == 0 || (options.classes > 0 && options.classes < inputs),
        "the metadata say {} classes, the generator has {} inputs", options.classes, inputs);
  options.latent = inputs - options.classes;
  options.image_size = image_size(last == 0 ? 1 : (last - second) / distance + 2, kernel_at(tensors, second) == 3);
  options.base_channels = weight.dim(0);
  options.channels = weight.dim(1);
  check_image_channels(tensors, last, options.channels);
  return options;
}

LoadedGenerator build_generator(const Safetensors& file, bool raw) {
  std::vector<std::string> names{"generator."};
  if (!raw) names.insert(names.begin(), "generator_ema.");
  NetworkTensors tensors(file, find_network(file, names, {"generator_ema.", "discriminator."}));
  const models::DcganOptions options = generator_options(tensors, file.metadata);
  tensors.normalize_weights();
  for (const models::DcganLayer& layer : models::dcgan_generator_layers(options)) {
    tensors.expect_weight(models::Norm::batch, layer.name,
                          {layer.in_channels, layer.out_channels, layer.kernel, layer.kernel});
    if (!layer.norm.empty()) tensors.expect_norm(models::Norm::batch, layer.norm, layer.out_channels);
  }
  const nn::StateDict state = tensors.take_all();
  Rng rng(0);
  LoadedGenerator result{options, models::dcgan_generator(options, rng)};
  result.network.load_state_dict(state);
  result.network.eval();
  return result;
}

models::DcganOptions discriminator_options(const NetworkTensors& tensors) {
  check_first(tensors);
  const auto& convolutions = tensors.convolutions();
  models::DcganOptions options;
  options.image_size = image_size(convolutions.size(), kernel_at(tensors, convolutions.rbegin()->first) == 3);
  options.base_channels = convolutions.at(0).dim(0);
  options.channels = convolutions.at(0).dim(1);
  const std::int64_t logits = convolutions.rbegin()->second.dim(0);
  options.classes = logits == 1 ? 0 : logits;
  check_image_channels(tensors, 0, options.channels);
  if (tensors.contains(models::weight_key("0", models::Norm::spectral)))
    options.norm = models::Norm::spectral;
  else if (convolutions.contains(4) || tensors.blocks_from(4) > 0)  // behind a LeakyReLU alone
    options.norm = models::Norm::none;
  else
    options.norm = tensors.contains("3.running_mean") ? models::Norm::batch : models::Norm::group;
  options.discriminator_blocks = tensors.blocks_from(models::is_layer(options.norm) ? 5 : 4);
  return options;
}

LoadedDiscriminator build_discriminator(const Safetensors& file) {
  NetworkTensors tensors(file, find_network(file, {"discriminator."}, {"generator_ema.", "generator."}));
  const models::DcganOptions options = discriminator_options(tensors);
  for (const models::DcganLayer& layer : models::dcgan_discriminator_layers(options)) {
    tensors.expect_weight(options.norm, layer.name,
                          {layer.out_channels, layer.in_channels, layer.kernel, layer.kernel});
    if (!layer.norm.empty()) tensors.expect_norm(options.norm, layer.norm, layer.out_channels);
    const std::string bias = layer.name + ".bias";
    if (tensors.contains(bias)) tensors.expect(bias, {layer.out_channels});
  }
  return {options, tensors.take_all()};
}

}  // namespace

LoadedGenerator load_generator(const std::string& path, bool raw) {
  return load(path, [&](const Safetensors& file) { return build_generator(file, raw); });
}

LoadedDiscriminator load_discriminator(const std::string& path) { return load(path, build_discriminator); }

}  // namespace wisp::apps
