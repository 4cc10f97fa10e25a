// The page of `dcgan features`, and its pictures as PNG files.
#pragma once

#include <string>
#include <vector>

#include <apps/dcgan/features/layers.h>

namespace wisp::apps {

/// A network at work.
struct NetworkFeatures {
  std::string name;                   ///< "generator" or "discriminator"
  std::vector<LayerFeatures> layers;  ///< the first is what goes in: f32 (1, C, H, W) of the kind "noise" or "image"
};

/// What the page shows.
struct FeaturesReport {
  std::vector<NetworkFeatures> networks = {};
  std::string no_generator = "";      ///< why there is none
  std::string no_discriminator = "";  ///< likewise
  std::string image = "";             ///< what the discriminator's is called
  std::int64_t classes = 0;           ///< of the networks; 0: they know no labels
};

/// The names of the files: index.html and, for the input and every layer of a network, a picture such as
/// generator-01-conv_transpose2d-256x4x4.png.
std::vector<std::string> features_files(const FeaturesReport& report);

/// Writes them into an existing folder. A picture has all channels side by side, as many as make 65,536 numbers; the
/// page says where that is a part. Throws IoError.
void write_features_page(const std::string& folder, const FeaturesReport& report);

}  // namespace wisp::apps
