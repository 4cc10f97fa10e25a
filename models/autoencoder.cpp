#include <models/autoencoder.h>

#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>

namespace wisp::models {
nn::Sequential autoencoder(const AutoencoderOptions& options, Rng& rng) {
  const auto [channels, width] = options;
  check(channels == 1 || channels == 3, "autoencoder: channels must be 1 or 3, given {}", channels);
  check(1 <= width && width <= 1024, "autoencoder: width must be between 1 and 1024, given {}", width);
  const nn::Conv2dOptions halve{.stride = 2, .padding = 1};
  const nn::ConvTranspose2dOptions twice{.stride = 2, .padding = 1, .output_padding = 1};
  nn::Sequential network;
  network.push_back(nn::Conv2d(channels, width, 3, halve, rng));
  network.push_back(nn::BatchNorm2d(width));
  network.push_back(nn::ReLU());
  network.push_back(nn::Conv2d(width, 2 * width, 3, halve, rng));
  network.push_back(nn::BatchNorm2d(2 * width));
  network.push_back(nn::ReLU());
  network.push_back(nn::ConvTranspose2d(2 * width, width, 3, twice, rng));
  network.push_back(nn::BatchNorm2d(width));
  network.push_back(nn::ReLU());
  network.push_back(nn::ConvTranspose2d(width, channels, 3, twice, rng));
  network.push_back(nn::Sigmoid());
  return network;
}

}  // namespace wisp::models
