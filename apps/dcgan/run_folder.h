// A run folder: config.json, log.csv, samples.png, samples/epoch_0001.png ..., checkpoint.safetensors.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include <apps/dcgan/gan_step.h>
#include <wisp/core/tensor.h>

namespace wisp::apps {

/// A row of log.csv.
struct LogRow {
  std::int64_t step;
  std::int64_t epoch;
  std::int64_t images;
  double seconds;
  GanStepResult result;
  double images_per_second;
};

class RunFolder {
 public:
  /// Creates the folder if need be and begins log.csv. Files of an earlier run in it (its epochs' samples, too) are
  /// replaced. Throws IoError when the folder cannot be written.
  RunFolder(const std::string& path, const nlohmann::json& config);

  /// Appends a row and hands it to the system. Throws IoError when the disk is full.
  void log(const LogRow& row);
  /// Writes samples/epoch_NNNN.png and samples.png. Throws IoError.
  void write_samples(std::int64_t epoch, const Tensor& images);
  std::string checkpoint_path() const { return path_ + "/checkpoint.safetensors"; }
  std::string samples_path() const { return path_ + "/samples.png"; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  [[noreturn]] void fail_log() const;

  std::string path_;
  std::unique_ptr<std::FILE, Close> log_;
};

}  // namespace wisp::apps
