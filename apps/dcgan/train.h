// dcgan train: trains a generator and a discriminator on a folder of images.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include <apps/dcgan/recipe.h>

namespace wisp::apps {

struct TrainOptions {
  std::string data;
  std::string out;         ///< the run's folder; "": runs/dcgan, or runs/dcgan-2 and so on, the first that is not there
  bool overwrite = false;  ///< `out` may hold a run, which is replaced
  std::string resume;      ///< the folder of a run to go on with; "": begin one in `out`
  /// One of epochs, steps and minutes at most: how long to train, or when resuming the new end. Without one, 5 epochs,
  /// or the end that was planned.
  std::optional<std::int64_t> epochs;
  std::optional<std::int64_t> steps;
  std::optional<double> minutes;  ///< from now on; planned into steps
  Recipe recipe;                  ///< but for steps, channels, classes and data, which follow
  bool conditional = false;       ///< train with the labels of the data
  /// The names of the recipe's members and of the settings below that were asked for; when resuming, the others are
  /// those of the run.
  std::set<std::string> given;

  std::int64_t sample_every = 1;           ///< epochs
  std::string checkpoint_every = "epoch";  ///< epoch, a number of steps, or of minutes: 5m
  std::int64_t keep = 1;                   ///< checkpoints
  std::string judge;                       ///< whose figures are logged
  std::string data_path, judge_path;       ///< where these two are read; "": as they are named
  /// Of the judge and the images that it compares with, where figures are logged; what a resumed run must find again.
  std::string judge_checksum, reference_checksum;
  std::int64_t evaluate_every = 5000;  ///< steps between these figures, which the end has too; 0: none
  double until_fid = 0;                ///< training ends at an evaluation with at most this FID
  std::string on_alarm = "warn";       ///< warn or stop
  std::string preview = "auto";        ///< auto or off: the newest samples in the terminal
  bool quiet = false;
};

/// Trains and writes the run folder, at the end its report (where that cannot be done, one line on stderr says so).
/// Returns the exit code: 0; 1 when an alarm ended training; or 128 + the signal's number after SIGINT or SIGTERM,
/// which end training after the current step with everything saved. Throws Error, also for an option that would change
/// the result of a resumed run and where `out` holds a run that may not be overwritten, and IoError.
int train(TrainOptions options);

}  // namespace wisp::apps
