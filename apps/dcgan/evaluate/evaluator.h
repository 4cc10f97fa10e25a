// Evaluator: the judge's figures for a generator in training.
#pragma once

#include <string>

#include <apps/dcgan/evaluate/figures.h>

namespace wisp::apps {

class Evaluator {
 public:
  /// Images per evaluation, and the seed of their noise: those of `dcgan evaluate`.
  static constexpr std::int64_t count = 10'000;
  static constexpr std::uint64_t seed = 1;

  /// Reads the judge and the test images of the folder, whose training images have this checksum. `transpose`: see
  /// load_images. Throws IoError when the file holds no judge, Error when it was trained on other images or cannot
  /// look at what the model draws, and what load_test_images throws.
  Evaluator(const std::string& judge_path, const std::string& data_folder, const std::string& data_checksum,
            const models::DcganOptions& model, bool transpose = false);

  /// What tells this judge, and the images that it compares with, from others: see wisp/io/checksum.h.
  const std::string& judge_checksum() const { return judge_.checksum; }
  std::string reference_checksum() const;

  /// The figures of generated images, u8 (N, 1, 28, 28).
  Figures operator()(const Tensor& images);

 private:
  LoadedJudge judge_;
  JudgedImages real_;
};

}  // namespace wisp::apps
