// Where the programs keep what takes a while to compute.
#pragma once

#include <string>

namespace wisp::apps {

/// $XDG_CACHE_HOME/wisp, or ~/.cache/wisp; "" where the environment names neither. It can be deleted at any time.
std::string cache_folder();

}  // namespace wisp::apps
