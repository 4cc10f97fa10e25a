// Evaluator: the judge's figures for a generator in training.
#pragma once

#include <optional>
#include <string>

#include <apps/dcgan/evaluate/figures.h>

namespace wisp::apps {

class Evaluator {
 public:
  /// Images per evaluation, and the seed of their noise: those of `dcgan evaluate`.
  static constexpr std::int64_t count = 10'000;
  static constexpr std::uint64_t seed = 1;

  /// Reads the judge. Throws IoError when there is none in the file, and Error when it was trained on other images than
  /// those with this checksum or cannot look at images of that size.
  Evaluator(const std::string& judge_path, const std::string& data_folder, const std::string& data_checksum,
            const models::DcganOptions& model);

  /// The figures of generated images, u8 (N, 1, 28, 28). The first call reads the test images. Throws as
  /// load_test_images.
  Figures operator()(const Tensor& images);

 private:
  LoadedJudge judge_;
  std::string data_folder_;
  std::optional<JudgedImages> real_;
};

}  // namespace wisp::apps
