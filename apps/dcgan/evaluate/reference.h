// Reference: the real images that generated ones are compared with, and all that follows from them alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <apps/dcgan/evaluate/judged_images.h>

namespace wisp::apps {

/// What generated images are compared with: the test images, or for choices that must not depend on these the last
/// sixth of the training images.
enum class ReferenceSplit { test, validation };

/// "test" or "validation"; throws Error for another name.
ReferenceSplit reference_split_of(const std::string& name);

struct Reference {
  JudgedImages real;      ///< the images compared with, in a fixed random order
  JudgedImages training;  ///< the training images without them, in a fixed random order
  /// Of each of `real` the distance to the nearest of `training`, pixels in [0, 255]; empty unless asked for.
  std::vector<float> nearest;
};

/// Throws Error, saying how to make a judge, when this one was trained on other images than those with this checksum.
void check_same_images(const LoadedJudge& judge, const std::string& folder, const std::string& data_checksum);

/// Loads the data set of the folder, its images resized to 28 x 28, and shows it to the judge. That takes a while, so
/// features, probabilities and distances are kept in the cache folder ($XDG_CACHE_HOME/wisp, or ~/.cache/wisp), in a
/// file named after the checksums of judge and images; a cache that cannot be read or written is done without. Throws
/// IoError for the folder, and Error when the judge was trained on other images or there are fewer than 12.
Reference load_reference(LoadedJudge& judge, const std::string& folder, ReferenceSplit split, bool with_nearest);

}  // namespace wisp::apps
