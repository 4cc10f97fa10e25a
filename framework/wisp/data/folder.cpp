#include <wisp/data/folder.h>

#include <algorithm>
#include <filesystem>

#include <wisp/core/error.h>

namespace wisp {
namespace {

namespace fs = std::filesystem;

template <class Condition>
std::vector<std::string> list(const std::string& folder, Condition condition) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with('.') && condition(*entry)) names.push_back(name);
  }
  if (error) throw IoError(folder, 0, "cannot open the folder: " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::vector<std::string> list_files(const std::string& folder) {
  return list(folder, [](const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.is_regular_file(ignored);
  });
}

std::vector<std::string> list_folders(const std::string& folder) {
  return list(folder, [](const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.is_directory(ignored);
  });
}

}  // namespace wisp
