// A cache folder of its own for the length of a scope.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

#include <tests/temporary_folder.h>

namespace wisp::testing {

class CacheFolder {
 public:
  CacheFolder() {
    if (const char* value = std::getenv("XDG_CACHE_HOME")) previous_ = value;
    set(folder_.path());
  }
  ~CacheFolder() {
    if (previous_)
      set(*previous_);
    else
      ::unsetenv("XDG_CACHE_HOME");
  }
  CacheFolder(const CacheFolder&) = delete;
  CacheFolder& operator=(const CacheFolder&) = delete;

  /// Another place from now on.
  static void set(const std::string& path) { ::setenv("XDG_CACHE_HOME", path.c_str(), 1); }
  /// The files in the cache.
  std::vector<std::string> files() const {
    std::vector<std::string> paths;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "wisp", ignored))
      paths.push_back(entry.path().string());
    return paths;
  }

 private:
  TemporaryFolder folder_;
  std::optional<std::string> previous_;
};

}  // namespace wisp::testing
