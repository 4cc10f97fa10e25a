// TrainOptions checked, written to config.json, and joined with those of a run that is resumed.
#pragma once

#include <nlohmann/json.hpp>

#include <apps/dcgan/checkpoint.h>
#include <apps/dcgan/train.h>

namespace wisp::apps {

/// Calls visit(name, member) for every setting: what a run's folder decides unless it is asked for again, and what does
/// not change the networks.
template <class Options, class Visit>
void visit_settings(Options& o, const Visit& visit) {
  visit("data", o.data);
  visit("sample_every", o.sample_every);
  visit("checkpoint_every", o.checkpoint_every);
  visit("keep", o.keep);
  visit("on_alarm", o.on_alarm);
  visit("judge", o.judge);
  visit("evaluate_every", o.evaluate_every);
  visit("until_fid", o.until_fid);
}

/// Throws Error naming the option that is out of range; of the recipe's, those that do not depend on `steps`.
void check_options(const TrainOptions& options);

/// How often checkpoints are written: after so many steps, or so many seconds, or (both 0) every epoch.
struct CheckpointInterval {
  std::int64_t steps = 0;
  double seconds = 0;
};

/// Of "epoch", "100" or "5m". Throws Error for anything else.
CheckpointInterval checkpoint_interval(const std::string& text);

/// For config.json: the options, the machine and the version.
nlohmann::json to_json(const TrainOptions& options);

/// The options of a run that goes on: the recipe of its checkpoint, the settings of its config.json, and of `given`
/// what was asked for now. Throws Error with both values for an option that would change the result.
TrainOptions resumed(TrainOptions given, const Checkpoint& checkpoint, const nlohmann::json& config);

}  // namespace wisp::apps
