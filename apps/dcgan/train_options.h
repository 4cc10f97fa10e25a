// TrainOptions: what `dcgan train` was asked for, and the run that it may go on with.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <apps/common/compute_options.h>
#include <apps/common/metadata.h>
#include <apps/dcgan/training_length.h>
#include <wisp/io/safetensors.h>

namespace wisp::apps {

struct TrainOptions {
  std::string out = {};    ///< the run's folder; "": runs/dcgan, or runs/dcgan-2 and so on, the first that is not there
  bool overwrite = false;  ///< `out` may hold a run, which is replaced
  std::string resume = {};  ///< the folder of a run to go on with; "": begin one in `out`
  TrainingLength length = {};
  std::string model = {};  ///< the recipe that `given` changes; "": the default for the size of the images
  /// Members of Recipe and RunSettings, as text by name; when resuming, the others are those of the run.
  Metadata given = {};
  ComputeOptions compute = {};
  bool conditional = false;  ///< train with the labels of the data
  bool preview = true;       ///< the newest samples in the terminal
  bool quiet = false;
};

/// What the folder of a run that goes on holds.
struct SavedRun {
  std::string folder;
  Safetensors checkpoint;
  nlohmann::json config;

  std::string checkpoint_path() const { return folder + "/checkpoint.safetensors"; }
  std::string config_path() const { return folder + "/config.json"; }
};

}  // namespace wisp::apps
