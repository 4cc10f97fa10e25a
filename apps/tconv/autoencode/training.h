// Training of a network that shall give back the image it gets.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <wisp/data/data_loader.h>
#include <wisp/nn/module.h>

namespace wisp::apps {

struct AutoencodeTrainingOptions {
  std::optional<std::int64_t> steps;  ///< of steps and minutes, both above 0, one at least; the first reached ends it
  std::optional<double> minutes;
  double lr = 2e-3;
  bool quiet = false;  ///< no progress on stderr
};

/// A loader's images, which are in [-1, 1], in [0, 1].
Tensor unit_range(const Tensor& images);

/// Trains with Adam on the mean squared error. Returns the loss of every step. Throws Error when it is no longer
/// finite.
std::vector<double> train_autoencoder(nn::Module& network, DataLoader& loader,
                                      const AutoencodeTrainingOptions& options);

}  // namespace wisp::apps
