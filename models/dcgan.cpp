#include <models/dcgan.h>

#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/init.h>
#include <wisp/nn/activation.h>

namespace wisp::models {
namespace {

// Channels of the widest layer, which is 4 x 4 in the generator.
std::int64_t widest(const DcganOptions& options) {
  return options.base_channels * (options.image_size == 28 ? 4 : options.image_size / 8);
}

}  // namespace

void check_options(const DcganOptions& options) {
  constexpr std::int64_t most = 65536;
  check(1 <= options.latent && options.latent <= most, "dcgan: latent must be between 1 and {}, given {}", most,
        options.latent);
  check(1 <= options.base_channels && options.base_channels <= 4096, "dcgan: base_channels must be between 1 and 4096, given {}",
        options.base_channels);
  check(options.image_size == 28 || options.image_size == 32 || options.image_size == 64 || options.image_size == 128,
        "dcgan: image_size must be 28, 32, 64 or 128, given {}", options.image_size);
  check(options.channels == 1 || options.channels == 3, "dcgan: channels must be 1 or 3, given {}", options.channels);
}

nn::Sequential dcgan_generator(const DcganOptions& options, Rng& rng) {
  check_options(options);
  nn::Sequential network;
  std::int64_t width = widest(options);
  network.push_back(nn::ConvTranspose2d(options.latent, width, 4, {.bias = false}, rng));
  for (std::int64_t size = 4; size != options.image_size;) {
    network.push_back(nn::BatchNorm2d(width));
    network.push_back(nn::ReLU());
    // 4 -> 7 on the way to 28, else double.
    const bool to_seven = size == 4 && options.image_size == 28;
    size = to_seven ? 7 : 2 * size;
    const std::int64_t next = size == options.image_size ? options.channels : width / 2;
    network.push_back(
        nn::ConvTranspose2d(width, next, to_seven ? 3 : 4, {.stride = 2, .padding = 1, .bias = false}, rng));
    width = next;
  }
  network.push_back(nn::Tanh());
  return network;
}

nn::Sequential dcgan_discriminator(const DcganOptions& options, Rng& rng) {
  check_options(options);
  nn::Sequential network;
  std::int64_t width = options.channels, size = options.image_size;
  for (std::int64_t next = options.base_channels; next <= widest(options); next *= 2) {
    network.push_back(nn::Conv2d(width, next, 4, {.stride = 2, .padding = 1, .bias = false}, rng));
    if (network.size() > 1) network.push_back(nn::BatchNorm2d(next));
    network.push_back(nn::LeakyReLU(0.2));
    width = next;
    size /= 2;
  }
  network.push_back(nn::Conv2d(width, 1, size, {.bias = false}, rng));
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
