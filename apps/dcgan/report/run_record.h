// RunRecord: what the files of a run's folder say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <apps/dcgan/train_log.h>

namespace wisp::apps {

/// The samples that a run drew at the end of an epoch.
struct SampleGrid {
  std::int64_t epoch = 0;
  std::int64_t step = 0;
  std::string png;  ///< the file's bytes
};

struct Alarm {
  std::int64_t step = 0;
  std::string text;
};

struct RunRecord {
  static constexpr std::size_t most_grids = 60, most_grid_bytes = 6'000'000;

  std::string folder;
  nlohmann::json config = {};  ///< an object, empty where there is no config.json
  std::vector<LogRow> rows = {};
  bool cut = false;       ///< the log ends in the middle of a line, as when it is being written
  std::int64_t step = 0;  ///< that training has reached
  /// At most most_grids and about most_grid_bytes of all grids, evenly chosen, the first and the last among them.
  std::vector<SampleGrid> grids = {};
  std::size_t grids_in_all = 0;
  std::vector<Alarm> alarms = {};  ///< those that training raised while it wrote these rows

  std::string checkpoint_path() const { return folder + "/checkpoint.safetensors"; }
};

/// Numbers from 0 to count - 1: all, or `most` (2 or more) evenly chosen ones with the first and the last.
std::vector<std::size_t> evenly_chosen(std::size_t count, std::size_t most);

/// Throws IoError when the folder or its log.csv is missing, a line of the log but the last is no row, or config.json
/// is no JSON object.
RunRecord read_run(const std::string& folder);

}  // namespace wisp::apps
