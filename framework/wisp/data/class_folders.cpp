#include <wisp/data/class_folders.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include <wisp/data/folder.h>
#include <wisp/data/picture_files.h>

namespace wisp {
namespace {

std::string folder_of(const std::string& picture) { return std::filesystem::path(picture).parent_path().string(); }

}  // namespace

std::vector<std::string> class_folders(const std::vector<std::string>& splits) {
  std::set<std::string> names, with_pictures;
  for (const std::string& split : splits) {
    for (const std::string& folder : list_folders(split)) names.insert(folder);
    for (const std::string& picture : list_pictures(split)) with_pictures.insert(folder_of(picture));
  }
  with_pictures.erase("");
  if (with_pictures.size() < 2) return {};
  return {names.begin(), names.end()};
}

std::vector<std::int64_t> labels_from_folders(const std::vector<std::string>& pictures,
                                              const std::vector<std::string>& classes) {
  std::vector<std::int64_t> labels;
  for (const std::string& picture : pictures) {
    const std::string folder = folder_of(picture);
    if (classes.empty() || folder.empty()) return {};
    labels.push_back(std::lower_bound(classes.begin(), classes.end(), folder) - classes.begin());
  }
  return labels;
}

}  // namespace wisp
