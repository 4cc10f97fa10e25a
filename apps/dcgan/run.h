// One run of training, from its first step to its last.
#pragma once

#include <vector>

#include <apps/dcgan/run_folder.h>
#include <apps/dcgan/run_plan.h>
#include <apps/dcgan/training.h>

namespace wisp::apps {

/// Says the notes, trains to the end of the plan and leaves everything but the report in the folder; `log` has the rows
/// of before.
/// Returns the exit code, see train().
int run(RunPlan& plan, RunFolder& folder, Training& training, const std::vector<LogRow>& log);

}  // namespace wisp::apps
