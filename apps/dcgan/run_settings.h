// RunSettings: what a run's folder decides unless it is asked for again, and what does not change the networks.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include <apps/dcgan/members.h>

namespace wisp::apps {

struct RunSettings {
  std::string data = {}, judge = {};  ///< as they were named
  std::int64_t sample_every = 1;      ///< epochs
  CheckpointInterval checkpoint_every = {};
  std::int64_t keep = 1;  ///< checkpoints
  OnAlarm on_alarm = OnAlarm::warn;
  std::int64_t evaluate_every = 5000;  ///< steps between the judge's figures, which the end has too; 0: none
  double until_fid = 0;                ///< training ends at an evaluation with at most this FID
};

/// Those of a run that nobody asks anything of.
RunSettings default_settings();

/// Calls visit(name, member, help) for every member; `help` is what --help says of its option.
template <class S, class Visit>
void visit_settings(S& s, const Visit& visit) {
  visit("data", s.data, "Folder of IDX files, of CIFAR-10's or of pictures; or shapes, the built-in ones");
  visit("sample_every", s.sample_every, "Epochs between sample grids");
  visit("checkpoint_every", s.checkpoint_every, "epoch, N (steps) or Nm (minutes)");
  visit("keep", s.keep, "Keep the last N checkpoints");
  visit("on_alarm", s.on_alarm, "What to do when training goes wrong: warn or stop");
  visit("judge", s.judge, "Judge for these images, from `mnist train`");
  visit("evaluate_every", s.evaluate_every, "Steps between the judge's figures; 0: none");
  visit("until_fid", s.until_fid, "Stop at an evaluation whose FID is at most this");
}

/// Sets `value` to what config.json at `path` says under the name, if anything. Throws IoError for what does not fit.
template <class T>
void read_member(const nlohmann::json& config, const std::string& path, const char* name, T& value) {
  try {
    if (const auto entry = config.find(name); entry != config.end()) read_json_of(*entry, name, value);
  } catch (const Error& error) {
    throw IoError(path, 0, error.what());
  }
}

/// The default settings, those of a run's config.json instead, and those that are in `given`, text by name, before
/// both. Throws Error naming what is no such value or out of range; IoError with `path` for what config.json has.
RunSettings settings_from(const nlohmann::json& config, const std::string& path, const Metadata& given);

}  // namespace wisp::apps
