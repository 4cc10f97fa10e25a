// How well images are restored, and how well the simplest ways would do.
#pragma once

#include <cstdint>

#include <wisp/data/data_loader.h>
#include <wisp/nn/module.h>

namespace wisp::apps {

/// Mean squared errors per pixel, pixels in [0, 1], over a whole data set.
struct RestorationErrors {
  double network = 0;
  double bilinear = 0;    ///< of the means of 4 x 4 pixels, enlarged bilinearly
  double mean_image = 0;  ///< of the mean training image, whatever the image
};

/// The mean of u8 images (N, 1, H, W) as f32 (1, 1, H, W) in [0, 1].
Tensor mean_image(const Tensor& images);

/// The errors over an epoch of `loader`; puts the network in evaluation mode. H and W must be multiples of 4.
RestorationErrors restoration_errors(nn::Module& network, const Tensor& mean, DataLoader& loader);

}  // namespace wisp::apps
