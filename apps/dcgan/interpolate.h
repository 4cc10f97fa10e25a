// dcgan interpolate: walks from one noise vector to another, as a picture and as an animation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace wisp::apps {

struct InterpolateOptions {
  std::string checkpoint;      ///< a checkpoint, or a generator's state dict that PyTorch wrote
  std::int64_t rows = 8;       ///< walks
  std::int64_t steps = 10;     ///< images of a walk, ends included
  std::string mode = "slerp";  ///< slerp or linear: see models/latent.h
  std::int64_t seed = 1;
  std::optional<std::int64_t> label = {};  ///< the class to draw; walk i is of class i modulo classes without
  std::string out;                         ///< a PNG grid, a walk a row; "" draws none
  std::string gif;    ///< a GIF animation, all walks side by side, there and back for ever; "" draws none
  bool raw = false;   ///< the generator as it was trained, not the averaged one
  bool bf16 = false;  ///< under Autocast
};

/// Draws the walks and writes them. Counted from 0, walk i goes from image 2i of `dcgan sample` with the same seed to
/// its image 2i + 1, both of the same class where there are classes. Throws Error when an option is out of range,
/// IoError when a file cannot be read or written.
void interpolate(const InterpolateOptions& options);

}  // namespace wisp::apps
