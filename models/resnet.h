// ResNet for small images: a classifier of residual blocks.
//
// Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", arXiv 1512.03385, section 4.2.
#pragma once

#include <cstdint>

#include <wisp/core/rng.h>
#include <wisp/nn/sequential.h>

namespace wisp::models {

struct ResnetOptions {
  std::int64_t channels = 1;  ///< of the images
  std::int64_t classes = 10;
  std::int64_t blocks = 3;  ///< n: residual blocks of a stage, of two convolutions each; 6 n + 2 layers in all
  std::int64_t width = 16;  ///< channels of the first stage
};

/// (N, channels, H, W) -> logits (N, classes): a convolution, three stages of `blocks` residual blocks with `width`, 2
/// and 4 times as many channels, the images half as wide and high from one stage to the next (odd sizes are rounded
/// up), the mean over all pixels, and a Linear layer. Where a block changes the shape, its input goes through a
/// convolution 1 x 1 and BatchNorm (the paper's option B). Weights are N(0, 2 / (9 out_channels)) as in He and others,
/// arXiv 1502.01852, equation 15. Throws Error when an option is below 1.
nn::Sequential resnet(const ResnetOptions& options, Rng& rng);

}  // namespace wisp::models
