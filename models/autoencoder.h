// Autoencoder: two convolutions halve an image's height and width, two transposed convolutions double them again.
#pragma once

#include <cstdint>

#include <wisp/core/rng.h>
#include <wisp/nn/sequential.h>

namespace wisp::models {

struct AutoencoderOptions {
  std::int64_t channels = 1;  ///< 1 grey, 3 colour
  std::int64_t width = 16;    ///< channels at half the size; twice as many at a quarter
};

/// (N, channels, H, W) in [0, 1] -> the same shape in [0, 1], H and W multiples of 4: two Conv2d, two ConvTranspose2d,
/// BatchNorm2d and ReLU between, Sigmoid at the end; PyTorch's default initialisation. Throws Error when channels is
/// not 1 or 3, or width is outside [1, 1024].
nn::Sequential autoencoder(const AutoencoderOptions& options, Rng& rng);

}  // namespace wisp::models
