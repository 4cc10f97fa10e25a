// The judge of a run: what draws figures of its images while it trains.
#pragma once

#include <functional>
#include <string>

#include <apps/dcgan/evaluate/figures.h>
#include <apps/dcgan/recipe.h>
#include <apps/dcgan/run_settings.h>
#include <apps/dcgan/train_options.h>

namespace wisp::apps {

struct RunJudge {
  std::string path;                                    ///< where it was looked for
  std::string checksum, reference_checksum;            ///< of the judge and of the images that it compares with
  std::function<Figures(const Tensor&)> figures = {};  ///< of generated images, u8 (N, 1, 28, 28); empty: none wanted
  std::string note = {};                               ///< why there are none though they were wanted
};

/// The judge, unless no figures are wanted, or there is none for these images and nobody asked for one. Throws Error
/// where somebody did, and where the run `saved` began with other figures: it must go on with the same judge and test
/// images, or with a judge that is named anew.
RunJudge judge_of_run(const TrainOptions& options, const RunSettings& settings, const Recipe& recipe,
                      const std::string& data_path, const std::string& data_checksum, const SavedRun* saved);

}  // namespace wisp::apps
