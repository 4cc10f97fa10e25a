// Class labels in a DCGAN: the generator is told which class to draw, the discriminator which class it is shown.
//
// Both networks stay as they are but for their outer channels (DcganOptions::classes): the generator's input is the
// noise with the label behind it, and the discriminator gives a logit per class, of which the label's counts.
#pragma once

#include <cstdint>

#include <wisp/core/tensor.h>

namespace wisp::models {

/// Noise (N, latent, 1, 1) and labels i64 (N) -> the generator's input (N, latent + classes, 1, 1): behind each noise
/// vector 1 at the place of its class, 0 at those of the others; the noise itself for classes = 0, whatever the labels.
/// Source: Mirza, Osindero, "Conditional generative adversarial nets", arXiv 1411.1784, section 3.2. Throws Error for a
/// class outside [0, classes) and labels that are not one per vector.
Tensor with_labels(const Tensor& noise, const Tensor& labels, std::int64_t classes);

/// i64 (count): the classes 0, 1, ..., classes - 1 in turns, from class `first` modulo `classes` on. Throws Error when
/// count or first is below 0 or classes below 1.
Tensor classes_in_turn(std::int64_t count, std::int64_t classes, std::int64_t first = 0);

/// Outputs (N, K, 1, 1) of a discriminator and labels i64 (N) -> the logits (N, 1, 1, 1) of each image's class; the
/// outputs themselves for K = 1, whatever the labels. It is the projection discriminator of Miyato, Koyama, "cGANs with
/// projection discriminator", arXiv 1802.05637, section 3, whose term without the label is part of each class's weight.
/// Gradient: g at the label's place, else 0. Throws Error as with_labels.
Tensor logits_of_labels(const Tensor& outputs, const Tensor& labels);

}  // namespace wisp::models
