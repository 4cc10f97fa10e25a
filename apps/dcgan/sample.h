// dcgan sample: draws images with a trained generator.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace wisp::apps {

struct SampleOptions {
  std::string checkpoint;  ///< a checkpoint, or a generator's state dict that PyTorch wrote
  std::int64_t count = 64;
  std::int64_t seed = 1;
  std::optional<std::int64_t> label = {};  ///< the class to draw; all in turns where none is named
  std::string out;                         ///< a PNG grid, named .png or without an ending; "" draws none
  std::string idx;                         ///< an IDX file of bytes, gzipped when the name ends in .gz; "" writes none
  bool raw = false;                        ///< the generator as it was trained, not the averaged one
  bool bf16 = false;                       ///< under Autocast
};

/// Draws `count` images from noise of the seed and writes them. The same checkpoint, count and seed give the same
/// bytes. Throws Error when count is out of range, IoError when a file cannot be read or written.
void sample(const SampleOptions& options);

}  // namespace wisp::apps
