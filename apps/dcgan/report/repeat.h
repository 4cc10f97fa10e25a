// The command line that repeats a run.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace wisp::apps {

/// "dcgan train ..." with every option in which the run of this config.json differs from a ready-made recipe and the
/// defaults, and with those that follow from the machine: run in the same folder, with the same build on the same
/// machine, it ends with the same networks. Writes into `out`, which should not be the run's own. Leaves out entries of
/// another type than an option's.
std::string command_to_repeat(const nlohmann::json& config, const std::string& out);

}  // namespace wisp::apps
