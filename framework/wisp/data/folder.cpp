#include <wisp/data/folder.h>

#include <algorithm>

#include <wisp/core/error.h>

namespace wisp::detail {

namespace fs = std::filesystem;

std::vector<std::string> list_folder(const std::string& folder, fs::file_type type) {
  std::error_code error, ignored;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with('.') && entry->status(ignored).type() == type) names.push_back(name);
  }
  if (error) throw IoError(folder, 0, "cannot open the folder: " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace wisp::detail
