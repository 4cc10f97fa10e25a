// dcgan train: trains a generator and a discriminator on a folder of images.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <models/dcgan.h>

namespace wisp::apps {

struct TrainOptions {
  std::string data;
  std::string out;
  std::optional<std::int64_t> epochs;  ///< one of epochs, steps and minutes at most; 5 epochs when none is given
  std::optional<std::int64_t> steps;
  std::optional<double> minutes;
  std::int64_t batch = 64;
  double lr = 2e-4;
  double beta1 = 0.5;
  models::DcganOptions model;
  std::int64_t seed = 1;
  std::int64_t sample_every = 1;  ///< epochs
  bool bf16 = false;              ///< under Autocast
  bool quiet = false;
};

/// Trains and writes the run folder. Returns the exit code: 0, or 128 + the signal's number after SIGINT or SIGTERM,
/// which end training after the current step with everything saved. Throws Error and IoError.
int train(TrainOptions options);

}  // namespace wisp::apps
