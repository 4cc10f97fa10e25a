// dcgan train: trains a generator and a discriminator on a folder of images.
#pragma once

#include <apps/dcgan/train_options.h>

namespace wisp::apps {

/// Trains and writes the run folder, at the end its report (where that cannot be done, one line on stderr says so).
/// Returns the exit code: 0; 1 when an alarm ended training; or 128 + the signal's number after SIGINT or SIGTERM,
/// which end training after the current step with everything saved. Throws Error, also for an option that would change
/// the result of a resumed run and where `out` holds a run that may not be overwritten, and IoError.
int train(const TrainOptions& options);

}  // namespace wisp::apps
