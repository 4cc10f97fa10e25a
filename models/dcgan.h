// DCGAN: a generator that turns noise into images and a discriminator that tells them from real ones.
//
// Source: Radford, Metz, Chintala, "Unsupervised representation learning with deep convolutional generative adversarial
// networks", arXiv 1511.06434. The 28 x 28 networks are those of PyTorch's C++ example.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include <wisp/core/rng.h>
#include <wisp/nn/sequential.h>

namespace wisp::models {

/// The normalisation in the discriminator: BatchNorm2d between its layers, nothing, GroupNorm in groups of 16 channels
/// between them, or SpectralNorm of its weights.
enum class Norm { batch, none, group, spectral };

/// "batch", "none", "group" or "spectral".
const char* name_of(Norm norm);

/// The normalisation of that name. Throws Error when there is none.
Norm norm_of(std::string_view name);

/// Whether the normalisation is a layer of its own: batch and group are.
bool is_layer(Norm norm);

struct DcganOptions {
  std::int64_t latent = 100;        ///< length of the noise vector
  std::int64_t base_channels = 64;  ///< width of the layer next to the image
  std::int64_t image_size = 28;     ///< 28, 32, 64 or 128
  std::int64_t channels = 1;        ///< 1 grey, 3 colour
  Norm norm = Norm::batch;          ///< of the discriminator alone: the generator always has BatchNorm
  /// Residual blocks behind each convolution but the first and the last; 0 in the paper.
  std::int64_t generator_blocks = 0;
  std::int64_t discriminator_blocks = 0;
  /// Classes of images, each drawn when asked for (see class_labels.h); 0: images have no labels.
  std::int64_t classes = 0;

  /// Channels of the generator's input: the noise and the label.
  std::int64_t inputs() const { return latent + classes; }
  /// Channels of the widest layer, which is 4 x 4 in the generator.
  std::int64_t widest() const { return base_channels * (image_size == 28 ? 4 : image_size / 8); }
  /// Channels of the discriminator's output.
  std::int64_t logits() const { return std::max<std::int64_t>(1, classes); }
};

/// Throws Error where the networks would: when an option is out of range, or one would have more than 500 million
/// weights.
void check_dcgan(const DcganOptions& options);

/// (N, latent + classes, 1, 1) -> (N, channels, size, size) in [-1, 1]: transposed convolutions without bias, BatchNorm
/// and ReLU between, tanh at the end. Its residual blocks are like those of Johnson, Alahi, Fei-Fei, "Perceptual losses
/// for real-time style transfer and super-resolution", arXiv 1603.08155, section 3.1, with one convolution each.
nn::Sequential dcgan_generator(const DcganOptions& options, Rng& rng);

/// (N, channels, size, size) -> logits (N, 1, 1, 1), with classes (N, classes, 1, 1): convolutions without bias,
/// LeakyReLU(0.2) and, but after the first, BatchNorm or GroupNorm between. GroupNorm's groups are of 16 channels, the
/// best fixed size in Wu, He, "Group normalization", arXiv 1803.08494, table 3; of the greatest common divisor with 16
/// where 16 does not divide them. SpectralNorm is of every convolution, the first and the last as well.
nn::Sequential dcgan_discriminator(const DcganOptions& options, Rng& rng);

/// The paper's initialisation: convolution weights N(0, 0.02), BatchNorm weights N(1, 0.02), biases 0.
void dcgan_init(nn::Module& network, Rng& rng);

}  // namespace wisp::models
