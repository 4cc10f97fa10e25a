// A judge in a file: safetensors with the network's state dict, and what it was trained on in the metadata.
#pragma once

#include <cstdint>
#include <string>

#include <models/judge.h>

namespace wisp::apps {

/// A trained judge in evaluation mode.
struct LoadedJudge {
  models::Judge network;
  std::int64_t classes;
  std::string data_checksum;  ///< of the training images, see wisp/data/dataset.h
  std::string checksum;       ///< of the judge's own numbers: eight hexadecimal digits
};

/// Throws IoError when the file cannot be read or holds no judge, or numbers in it that are not finite.
LoadedJudge load_judge(const std::string& path);

/// Writes the judge atomically. Throws IoError when that fails.
void save_judge(const std::string& path, const models::Judge& judge, const std::string& data_checksum);

}  // namespace wisp::apps
