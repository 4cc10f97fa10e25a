// RunPlan: all that a run of training is, decided and checked before it begins or goes on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <apps/dcgan/run_judge.h>
#include <apps/dcgan/run_settings.h>
#include <wisp/data/data_loader.h>

namespace wisp::apps {

struct RunPlan {
  Recipe recipe;
  RunSettings settings;
  std::int64_t first_step;  ///< of how many steps are done
  DataLoader loader;
  std::function<Figures(const Tensor&)> figures;  ///< where the judge's figures are logged
  std::vector<std::string> notes;                 ///< for the user
  bool preview, quiet;
  nlohmann::json config;  ///< what config.json says, but for the folder
};

/// Plans a new run, or one that goes on from `saved`, and puts its way to compute in force. Throws Error naming the
/// option that is not valid, that would change the result of the saved run, or that the data do not go with; IoError
/// for files.
RunPlan plan_run(const TrainOptions& options, const SavedRun* saved = nullptr);

}  // namespace wisp::apps
