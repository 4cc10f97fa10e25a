#include <wisp/io/cache.h>

#include <exception>
#include <filesystem>

namespace wisp {

Safetensors cached(const std::string& folder, const std::string& name,
                   const std::function<bool(const Safetensors&)>& fits, const std::function<Safetensors()>& compute) {
  if (folder.empty()) return compute();
  const std::string path = folder + "/" + name + ".safetensors";
  try {
    Safetensors found = read_safetensors(path);
    if (fits(found)) return found;
  } catch (const std::exception&) {  // missing, damaged, or of another version
  }
  Safetensors computed = compute();
  try {
    std::filesystem::create_directories(folder);
    write_safetensors(path, computed);
  } catch (const std::exception&) {  // the next time costs the same again
  }
  return computed;
}

}  // namespace wisp
