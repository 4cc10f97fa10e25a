// dcgan features: shows what every layer of the networks makes of one noise vector and of one image.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace wisp::apps {

struct FeaturesOptions {
  std::string checkpoint;  ///< a checkpoint, or the state dict of one of the networks that PyTorch wrote
  std::string out;         ///< a folder
  std::int64_t seed = 1;   ///< the noise is that of image 0 of `dcgan sample` with this seed
  std::optional<std::int64_t> label = {};  ///< the class to draw, 0 where none is named
  /// What the discriminator sees: a PNG, JPEG or BMP file, or a number: that test image of `data`. "": what the
  /// generator has drawn, or without one test image 0.
  std::string image;
  std::string data;
  bool transpose = false;  ///< see load_images
  bool raw = false;        ///< the generator as it was trained, not the averaged one
};

/// Writes a page and a PNG file for every layer, and prints a line for each. Of a file with one of the networks it
/// shows that one and says so. Throws Error when an option is out of range or a layer's output is not finite, IoError
/// when a file cannot be read or written or holds neither network.
void show_features(const FeaturesOptions& options);

}  // namespace wisp::apps
