#include <apps/dcgan/train.h>

#include <filesystem>
#include <optional>

#include <apps/common/json_text.h>
#include <apps/dcgan/report/report.h>
#include <apps/dcgan/run.h>
#include <wisp/core/allocator.h>
#include <wisp/core/diagnostics.h>

namespace wisp::apps {
namespace {

// Trains, and says where everything is.
int run_in(const std::string& path, RunPlan& plan, RunFolder& folder, Training& training,
           const std::vector<LogRow>& log) {
  const int exit_code = run(plan, folder, training, log);
  if (!plan.quiet) say("{}: samples, checkpoint and report.html are in {}", exit_code == 0 ? "done" : "stopped", path);
  return exit_code;
}

// Begins a run; `path` becomes the folder's.
int begin(const TrainOptions& options, std::string& path) {
  check(!options.overwrite || !path.empty(), "train: --overwrite needs --out, the folder of the run to replace");
  if (!options.overwrite && !path.empty()) check_holds_no_run(path);
  RunPlan plan = plan_run(options);
  std::optional<OutputFolder> runs;  // outlives the run's folder in it
  if (path.empty()) {
    runs.emplace("runs", std::vector<std::string>{});
    path = make_new_folder("runs/dcgan");
    runs->add_made(path);
    say("the run's folder is {}", path);
  }
  RunFolder folder(path);
  if (!options.overwrite) check_holds_no_run(path);  // nobody else was faster
  Training training(plan.recipe);
  plan.config["out"] = to_json_text(path);
  folder.begin(training.checkpoint(), plan.config);
  return run_in(path, plan, folder, training, {});
}

// For networks of these tensors, and making them: a recipe must not promise more than its checkpoint holds.
std::size_t most_bytes_of(const Safetensors& checkpoint) {
  constexpr std::size_t always = std::size_t{16} << 20, times = 4;
  std::size_t result = always;
  for (const auto& [name, tensor] : checkpoint.tensors) result += times * tensor.storage()->bytes;
  return result;
}

int go_on(const TrainOptions& options, const std::string& path) {
  check(std::filesystem::is_directory(path), "train: --resume must name the folder of a run, given \"{}\"", path);
  RunFolder folder(path);
  std::optional<SavedRun> saved = SavedRun{path, read_safetensors(folder.checkpoint_path()), read_run_config(path)};
  RunPlan plan = plan_run(options, &*saved);
  if (plan.first_step == plan.recipe.schedule.steps) {
    if (!plan.quiet) say("{} is at its end, step {}, already", path, plan.first_step);
    return 0;
  }
  std::optional<Training> training;
  try {
    const AllocationLimit limit(most_bytes_of(saved->checkpoint));
    training.emplace(plan.recipe);
    training->restore(saved->checkpoint);
  } catch (const Error& error) {
    throw IoError(folder.checkpoint_path(), 0, error.what());
  }
  saved.reset();  // its memory
  plan.config["out"] = to_json_text(path);
  const std::vector<LogRow> log = folder.resume({plan.first_step, plan.loader.size(), plan.settings.sample_every,
                                                 plan.figures ? plan.settings.evaluate_every : 0},
                                                plan.config);
  return run_in(path, plan, folder, *training, log);
}

}  // namespace

int train(const TrainOptions& options) {
  std::string path = options.resume.empty() ? options.out : options.resume;
  const int exit_code = options.resume.empty() ? begin(options, path) : go_on(options, path);
  try {
    report({.runs = {path}, .floor = CacheMiss::fail});
  } catch (const std::exception& error) {
    say("no report: {}", error.what());
  }
  return exit_code;
}

}  // namespace wisp::apps
