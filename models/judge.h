// Judge: a convolutional network that reads digits, or any ten kinds of small grey pictures, and whose features tell
// how alike two sets of them are.
#pragma once

#include <cstdint>

#include <wisp/core/rng.h>
#include <wisp/nn/sequential.h>

namespace wisp::models {

/// (N, 1, 28, 28) in [-1, 1] -> logits (N, classes): four convolutions, each with BatchNorm and ReLU,
///   1 -> 32 k5 (28 x 28),  32 -> 48 k4 s2 (14 x 14),  48 -> 64 k4 s2 (7 x 7),  64 -> 64 k3 s2 (4 x 4),
/// then Linear 1024 -> 128 with ReLU, whose outputs are the features, and Linear 128 -> classes. In evaluation mode an
/// image's logits do not depend on the others of the batch.
class Judge : public nn::Module {
 public:
  static constexpr std::int64_t image_size = 28;
  static constexpr std::int64_t feature_count = 128;

  /// PyTorch's default initialisation. Throws Error when there are fewer than 2 classes.
  Judge(std::int64_t classes, Rng& rng);

  /// What the last layer looks at: (N, 128), none of them negative.
  Tensor features(const Tensor& images) const { return body_(images); }
  /// The logits (N, classes) of features (N, 128).
  Tensor classify(const Tensor& features) const { return head_(features); }
  Tensor forward(const Tensor& images) const override { return classify(features(images)); }

 private:
  nn::Sequential body_;
  nn::Sequential head_;
};

}  // namespace wisp::models
