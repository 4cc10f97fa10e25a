#include <apps/dcgan/run_paths.h>

#include <filesystem>

#include <apps/common/images.h>
#include <apps/common/json_text.h>

namespace wisp::apps {

namespace fs = std::filesystem;

std::string whole_path(const std::string& given) {
  if (given.empty() || given == shapes_name) return given;
  std::error_code problem;
  const fs::path whole = fs::absolute(given, problem);
  return problem ? given : whole.string();
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return path == shapes_name || fs::exists(path, ignored);
}

std::string path_of(const nlohmann::json& config, const std::string& name) {
  std::string first;
  for (const std::string& key : {name + "_path", name}) {
    const auto entry = config.find(key);
    if (entry == config.end() || !entry->is_string()) continue;
    const std::string path = from_json_text(entry->get_ref<const std::string&>());
    if (is_there(path)) return path;
    if (first.empty()) first = path;
  }
  return first;
}

std::string path_of(const SavedRun* saved, const Metadata& given, const std::string& name, const std::string& named) {
  return saved == nullptr || given.contains(name) || !saved->config.contains(name) ? named
                                                                                   : path_of(saved->config, name);
}

}  // namespace wisp::apps
