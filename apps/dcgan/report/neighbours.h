// Generated images beside the training images that are nearest to them.
#pragma once

#include <vector>

#include <wisp/data/dataset.h>

namespace wisp::apps {

/// Distances are Euclidean, pixel by pixel, pixels in [0, 255].
struct TrainingNeighbours {
  Tensor nearest = {};                ///< u8 (N, C, S, S): of each generated image the nearest training image
  std::vector<float> distances = {};  ///< to it
  Tensor real = {};                   ///< u8 (R, C, S, S): training images, chosen by chance
  std::vector<float> usual = {};  ///< of each of these to the nearest other training image; empty when there is none
};

/// Looks through all images of the data set, resized to those that are generated, u8 (N, C, S, S); `count` real ones at
/// most are chosen. Throws Error when the channels differ.
TrainingNeighbours find_neighbours(const Tensor& generated, const ImageDataset& training, std::int64_t count);

}  // namespace wisp::apps
