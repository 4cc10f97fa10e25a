#include <apps/dcgan/run_judge.h>

#include <optional>

#include <apps/dcgan/run_paths.h>
#include <wisp/io/checksum.h>

namespace wisp::apps {
namespace {

// Notes what is there now; a run that goes on must find again what it began with.
void take(const char* what, std::string& then, const std::string& now, const std::string& run) {
  check(then.empty() || then == now,
        "train: the {} not what {} began with (checksum {}, then {}): --evaluate-every 0 goes on without figures", what,
        run, now, then);
  then = now;
}

}  // namespace

RunJudge judge_of_run(const TrainOptions& options, const RunSettings& settings, const Recipe& recipe,
                      const std::string& data_path, const std::string& data_checksum, const SavedRun* saved) {
  RunJudge judge;
  judge.path = path_of(saved, options.given, "judge", settings.judge);
  if (saved != nullptr) {
    read_member(saved->config, saved->config_path(), "judge_checksum", judge.checksum);
    read_member(saved->config, saved->config_path(), "reference_checksum", judge.reference_checksum);
  }
  if (settings.evaluate_every == 0) return judge;
  std::optional<LoadedJudge> loaded;
  JudgedImages real;
  try {
    loaded.emplace(load_judge(judge.path));
    check_readable(recipe.model, "the generator");
    check_same_images(*loaded, data_path, data_checksum, recipe.transpose);
    real = load_test_images(*loaded, data_path, recipe.transpose);
  } catch (const std::exception& error) {
    check(judge.checksum.empty(), "train: {} began with the judge's figures, --evaluate-every 0 goes on without: {}",
          options.resume, error.what());
    for (const char* name : {"judge", "evaluate_every", "until_fid"})
      if (options.given.contains(name)) throw;
    judge.note = fmt::format("no judge's figures: {}", error.what());
    return judge;
  }
  if (options.given.contains("judge")) judge.checksum.clear();
  take("judge is", judge.checksum, loaded->checksum, options.resume);
  take("test images are", judge.reference_checksum, checksum(Tensors{real.images}), options.resume);
  judge.figures = [loaded, real](const Tensor& images) mutable {
    return figures_of(real, judge_images(*loaded, images, "the generator"));
  };
  return judge;
}

}  // namespace wisp::apps
