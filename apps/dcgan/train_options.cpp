#include <apps/dcgan/train_options.h>

#include <cmath>
#include <type_traits>

#include <apps/common/decimal.h>
#include <apps/common/json_text.h>
#include <apps/common/machine.h>
#include <apps/dcgan/run_paths.h>
#include <wisp/core/parallel.h>
#include <wisp/core/version.h>
#include <wisp/io/json.h>

namespace wisp::apps {

void check_options(const TrainOptions& o) {
  const int limits = o.epochs.has_value() + o.steps.has_value() + o.minutes.has_value();
  check(limits <= 1, "train: give one of --epochs, --steps and --minutes, not {}", limits);
  const auto check_count = [](const char* name, std::int64_t value) {
    check(1 <= value && value <= 1'000'000'000, "train: {} must be between 1 and 10^9, given {}", name, value);
  };
  check_count("--epochs", o.epochs.value_or(1));
  check_count("--steps", o.steps.value_or(1));
  check_count("--sample-every", o.sample_every);
  check_count("--keep", o.keep);
  if (o.evaluate_every != 0) check_count("--evaluate-every", o.evaluate_every);
  check(std::isfinite(o.until_fid) && o.until_fid >= 0, "train: --until-fid must be finite and at least 0, given {}",
        o.until_fid);
  check(o.until_fid == 0 || o.evaluate_every > 0,
        "train: --until-fid needs evaluations, --evaluate-every 0 forbids them");
  const double minutes = o.minutes.value_or(1);
  check(std::isfinite(minutes) && minutes > 0, "train: --minutes must be finite and above 0, given {}", minutes);
  checkpoint_interval(o.checkpoint_every);
}

CheckpointInterval checkpoint_interval(const std::string& text) {
  if (text == "epoch") return {};
  const bool in_minutes = text.ends_with('m');
  const std::optional<std::int64_t> steps = decimal<std::int64_t>(text);
  const std::optional<double> minutes = in_minutes ? decimal<double>(text.substr(0, text.size() - 1)) : std::nullopt;
  check(
      (steps && 1 <= *steps && *steps <= 1'000'000'000) || (minutes && 0 < *minutes && *minutes <= 1e9),
      "train: --checkpoint-every must be epoch, a number of steps such as 500, or of minutes such as 5m, given \"{}\"",
      text);
  return minutes ? CheckpointInterval{0, 60 * *minutes} : CheckpointInterval{*steps, 0};
}

nlohmann::json to_json(const TrainOptions& options) {
  const auto optional = [](const auto& value) { return value ? nlohmann::json(*value) : nlohmann::json(nullptr); };
  nlohmann::json json = {{"version", version()},
                         {"cpu", cpu_name()},
                         {"cpus", cpu_count()},
                         {"memory_bytes", memory_bytes()},
                         {"system", system_name()},
                         {"threads", num_threads()},
                         {"out", to_json_text(options.out)},
                         {"data_path", to_json_text(whole_path(options.data_path))},
                         {"judge_path", to_json_text(whole_path(options.judge_path))},
                         {"judge_checksum", options.judge_checksum},
                         {"reference_checksum", options.reference_checksum},
                         {"epochs", optional(options.epochs)},
                         {"minutes", optional(options.minutes)},
                         {"quiet", options.quiet}};
  const auto add = [&](const char* name, const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
      json[name] = to_json_text(value);
    else
      json[name] = value;
  };
  visit_settings(options, add);
  visit_recipe(options.recipe, add);
  return json;
}

TrainOptions resumed(TrainOptions given, const Checkpoint& checkpoint, const nlohmann::json& config) {
  TrainOptions options = given;
  options.recipe = checkpoint.recipe;
  options.out = given.resume;
  const auto texts = to_metadata(given.recipe), saved = to_metadata(checkpoint.recipe);
  for (const auto& [name, value] : texts)
    check(name == "steps" || !given.given.contains(name) || value == saved.at(name),
          "train: {} {} would change the result of {}, which began with {}", option_of(name), value, given.resume,
          saved.at(name));
  const auto take = [&](const char* name, auto& value) {
    const auto entry = config.find(name);
    if (given.given.contains(name) || entry == config.end()) return;
    try {
      read_json(*entry, name, value);
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) value = from_json_text(value);
    } catch (const Error& error) {
      throw IoError(given.resume + "/config.json", 0, error.what());
    }
  };
  visit_settings(options, take);
  take("judge_checksum", options.judge_checksum);
  take("reference_checksum", options.reference_checksum);
  if (!given.given.contains("judge") && config.contains("judge")) options.judge_path = path_of(config, "judge");
  if (given.given.contains("data") || !config.contains("data")) return options;
  options.data_path = path_of(config, "data");
  const std::string kept = whole_path(options.data_path), here = whole_path(options.data);
  check(is_there(options.data_path), "train: the images of {} are not at {}{}: name their folder with --data",
        given.resume, kept == here ? "" : kept + ", nor, from this folder on, at ", here);
  return options;
}

}  // namespace wisp::apps
