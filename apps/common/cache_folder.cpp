#include <apps/common/cache_folder.h>

#include <cstdlib>

namespace wisp::apps {

std::string cache_folder() {
  const auto setting = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  const std::string cache = setting("XDG_CACHE_HOME"), home = setting("HOME");
  if (!cache.empty()) return cache + "/wisp";
  return home.empty() ? "" : home + "/.cache/wisp";
}

}  // namespace wisp::apps
