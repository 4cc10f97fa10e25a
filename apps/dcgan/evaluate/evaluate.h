// dcgan evaluate: how good a generator's images are.
#pragma once

#include <cstdint>
#include <string>

namespace wisp::apps {

struct EvaluateOptions {
  std::string checkpoint;  ///< a checkpoint, or a generator's state dict that PyTorch wrote; or
  std::string samples;     ///< an IDX file of images
  std::string data;
  bool transpose = false;  ///< see load_images
  std::string judge;
  std::string split = "test";   ///< see ReferenceSplit
  std::int64_t count = 10'000;  ///< images to draw, or at most to take from the file
  std::int64_t seed = 1;
  bool raw = false;   ///< the generator as it was trained, not the averaged one
  bool bf16 = false;  ///< the generator under Autocast; the judge always computes in f32
  bool json = false;
};

/// Prints the judge's figures. Throws Error for options out of range and images that the judge cannot read, IoError for
/// files.
void evaluate(const EvaluateOptions& options);

}  // namespace wisp::apps
