// What the page of `dcgan report` shows, as JSON for its script.
#pragma once

#include <nlohmann/json.hpp>

#include <apps/dcgan/evaluate/reference.h>
#include <apps/dcgan/report/run_record.h>

namespace wisp::apps {

/// The run's log, grids, alarms and settings. Of paths only what the user gave can be in it.
nlohmann::json run_data(const RunRecord& run, const std::string& name);

/// What real images get in the place of generated ones: {"fid": {"mean", "sd"}, "digit_kl": ...} of the run's judge and
/// data; or {"missing": why}; or null for a run without the judge's figures.
nlohmann::json floor_data(const RunRecord& run, CacheMiss miss);

/// Images of the run's generator, training images, and which of these are nearest to some of the former; what cannot be
/// shown is {"missing": why}.
nlohmann::json picture_data(const RunRecord& run);

}  // namespace wisp::apps
