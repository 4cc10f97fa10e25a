// The paths that config.json of a run holds: as they were given, for people and for the command that repeats the run,
// and beside them, under the name and "_path", from the root on, so that a run is found complete from any folder.
#pragma once

#include <string>

#include <apps/dcgan/train_options.h>

namespace wisp::apps {

/// The path from the root on; the name of built-in data stays what it is.
std::string whole_path(const std::string& given);

/// Where what the config calls `name` ("data" or "judge") is now: at the path from the root on, or else at the one that
/// was given, from the working folder on. Where it is at neither, the first of these that the config has; "" where that
/// has none.
std::string path_of(const nlohmann::json& config, const std::string& name);

/// The same of a run that goes on, unless the name is in `given`; `named` where it is, and for a new run.
std::string path_of(const SavedRun* saved, const Metadata& given, const std::string& name, const std::string& named);

/// Whether something is at the path, or it is the name of built-in data.
bool is_there(const std::string& path);

}  // namespace wisp::apps
