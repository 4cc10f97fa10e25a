// A small data set and small networks, so that a training run takes a moment.
#pragma once

#include <string>

#include <tests/apps/program.h>
#include <wisp/core/rng.h>
#include <wisp/data/idx.h>

namespace wisp::testing {

/// Options that make the networks tiny; so small they gain nothing from a second thread.
inline const std::string tiny = " --base-channels 2 --latent 4 --batch 8 --threads 1 --quiet";

/// Writes `count` random images, named as the train split, into the folder.
inline void write_tiny_data(const std::string& folder, std::int64_t count = 40) {
  std::filesystem::create_directories(folder);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count * 28 * 28));
  Rng rng(5);
  for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(rng.integer(256));
  write_idx(folder + "/train-images-idx3-ubyte", Tensor::from({count, 28, 28}, pixels));
}

}  // namespace wisp::testing
