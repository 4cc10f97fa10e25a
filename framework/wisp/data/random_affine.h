// RandomAffine: images turned, moved and scaled by chance, so that a classifier sees each a little differently in every
// epoch. After torchvision.transforms.RandomAffine.
#pragma once

#include <utility>

#include <wisp/core/rng.h>
#include <wisp/core/tensor.h>

namespace wisp {

struct RandomAffineOptions {
  double degrees = 0;                        ///< turned by an angle in [-degrees, degrees]
  double translate = 0;                      ///< moved along each axis by at most this share of its extent
  std::pair<double, double> scale = {1, 1};  ///< enlarged by a factor in this range
  double fill = -1;                          ///< what comes in from outside
};

/// Every image of (N, C, H, W), f32, under a transformation of its own: a point p goes to c + s R (p - c) + t, where c
/// is the centre of the image; angle, move t and factor s are uniform in their ranges. Pixels are interpolated
/// bilinearly; one of weight 0 takes no part, even where it is NaN. Nothing is recorded. Throws Error for other tensors
/// and for ranges that are not finite, negative degrees or translate, and factors that are not above 0 and in order.
Tensor random_affine(const Tensor& images, const RandomAffineOptions& options, Rng& rng);

}  // namespace wisp
