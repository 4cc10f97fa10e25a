// Checkpoints: all that training needs to go on to the same bits, in one safetensors file.
//
// Tensors are generator.*, discriminator.* and generator_ema.* (the averaged generator) with PyTorch's state_dict keys,
// generator_optimizer.* and discriminator_optimizer.*; the metadata hold the recipe, the step and the random state. The
// order of the data and the place in it follow from seed and step. Times, paths and thread counts are not in it.
#pragma once

#include <cstdint>
#include <string>

#include <apps/dcgan/recipe.h>
#include <wisp/core/tensor.h>

namespace wisp::apps {

struct Checkpoint {
  Recipe recipe = {};
  std::int64_t step = 0;             ///< steps done
  std::uint64_t noise_position = 0;  ///< of the stream of noise
  StateDict generator = {}, discriminator = {};
  StateDict generator_ema = {};  ///< empty where there is no average
  StateDict generator_optimizer = {}, discriminator_optimizer = {};
};

/// Writes the file atomically. Throws IoError when that fails.
void save_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// Throws IoError naming the file when it cannot be read, is no DCGAN checkpoint, was written by a newer version,
/// lacks metadata, or holds other convolutions than the recipe says.
Checkpoint load_checkpoint(const std::string& path);

/// Throws Error when a file with these metadata was written by a newer version, whose tensors may mean something else.
void check_format_version(const Metadata& metadata);

/// Whether no number in it is infinite or NaN.
bool is_finite(const Checkpoint& checkpoint);

}  // namespace wisp::apps
