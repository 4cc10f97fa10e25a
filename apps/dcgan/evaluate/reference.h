// The real images that generated ones are compared with, and all that follows from them alone.
//
// Showing them to the judge takes a while, so what comes of it is kept in cache_folder(), in files named after the
// checksums of judge and images.
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
  static constexpr std::int64_t nearest_count = 2000;

  JudgedImages real;      ///< the images compared with, in a fixed random order
  JudgedImages training;  ///< the training images without them, in a fixed random order
  /// Of each of the first nearest_count of `real` the distance to the nearest of `training`, pixels in [0, 255].
  std::vector<float> nearest;
  /// What was left out of the images, a sentence for each split of which something was.
  std::vector<std::string> notes = {};
};

/// Whether the judge was trained on the images with this checksum, and, where both have any, with the same labels.
bool knows(const LoadedJudge& judge, const std::string& data_checksum);

/// Throws Error, saying how to make a judge (`transpose`, here and below: see load_images), when this one was trained
/// on other images than those with this checksum.
void check_same_images(const LoadedJudge& judge, const std::string& folder, const std::string& data_checksum,
                       bool transpose = false);

/// The test images of the folder, resized to 28 x 28 and in a fixed random order, as the judge sees them. Throws
/// IoError for the folder, and Error when there are fewer than 2.
JudgedImages load_test_images(LoadedJudge& judge, const std::string& folder, bool transpose = false);

/// What to do about that which is not in the cache: compute it, which takes a while, or throw Error.
enum class CacheMiss { compute, fail };

/// The whole reference. Throws as load_test_images, and Error when the judge was trained on other images than those of
/// the folder or there are fewer than 10 training images.
Reference load_reference(LoadedJudge& judge, const std::string& folder, ReferenceSplit split,
                         CacheMiss miss = CacheMiss::compute, bool transpose = false);

}  // namespace wisp::apps
