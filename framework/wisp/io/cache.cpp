#include <wisp/io/cache.h>

#include <cstdlib>
#include <exception>
#include <filesystem>

namespace wisp {

namespace fs = std::filesystem;

std::string cache_path(const std::string& name) {
  const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  const bool given = cache != nullptr && *cache != '\0';
  if (!given && (home == nullptr || *home == '\0')) return "";
  return (given ? fs::path(cache) : fs::path(home) / ".cache") / "wisp" / (name + ".safetensors");
}

Safetensors cached(const std::string& name, const std::function<bool(const Safetensors&)>& fits,
                   const std::function<Safetensors()>& compute) {
  const std::string path = cache_path(name);
  try {
    Safetensors found = read_safetensors(path);
    if (fits(found)) return found;
  } catch (const std::exception&) {  // missing, damaged, or of another version
  }
  Safetensors computed = compute();
  try {
    fs::create_directories(fs::path(path).parent_path());
    write_safetensors(path, computed);
  } catch (const std::exception&) {  // the next time costs the same again
  }
  return computed;
}

}  // namespace wisp
