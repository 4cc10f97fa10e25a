#include <wisp/data/picture_files.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

#include <wisp/data/folder.h>
#include <wisp/io/checksum.h>

namespace wisp::detail {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> list_files(const std::string& folder) { return list_folder(folder, fs::file_type::regular); }

std::vector<std::string> list_folders(const std::string& folder) {
  return list_folder(folder, fs::file_type::directory);
}

bool is_picture(std::string name) {
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* ending : {".png", ".jpg", ".jpeg", ".bmp"})
    if (name.ends_with(ending)) return true;
  return false;
}

std::vector<std::string> list_pictures(const std::string& folder) {
  std::vector<std::string> pictures;
  for (const std::string& name : list_files(folder))
    if (is_picture(name)) pictures.push_back(name);
  for (const std::string& inner : list_folders(folder))
    for (const std::string& name : list_files(folder + "/" + inner))
      if (is_picture(name)) pictures.push_back(inner + "/" + name);
  return pictures;
}

// The folders of the training and of the test split; the folder alone where it has none.
std::vector<std::string> splits_of(const std::string& folder) {
  const std::string train = folder + "/train", test = folder + "/test";
  std::error_code ignored;
  const bool has_splits = fs::is_directory(train, ignored) && fs::is_directory(test, ignored);
  return has_splits ? std::vector{train, test} : std::vector{folder};
}

std::string class_of(const std::string& picture) { return fs::path(picture).parent_path().string(); }

// The names of all folders in the splits, those without pictures too; none where fewer than 2 hold pictures.
std::vector<std::string> classes_in(const std::vector<std::string>& splits) {
  std::set<std::string> names, with_pictures;
  for (const std::string& split : splits) {
    for (const std::string& folder : list_folders(split)) names.insert(folder);
    for (const std::string& picture : list_pictures(split)) with_pictures.insert(class_of(picture));
  }
  with_pictures.erase("");
  if (with_pictures.size() < 2) return {};
  return {names.begin(), names.end()};
}

std::vector<std::string> folders_left_out(const std::string& folder, const std::string& split) {
  std::vector<std::string> left_out;
  for (const std::string& inner : list_folders(split))
    for (const std::string& name : list_folders(split + "/" + inner)) left_out.push_back(inner + "/" + name);
  if (split != folder)
    for (const std::string& name : list_folders(folder))
      if (name != "train" && name != "test") left_out.push_back("../" + name);
  return left_out;
}

}  // namespace

PictureFiles find_pictures(const std::string& folder, Split split) {
  const std::vector<std::string> splits = splits_of(folder);
  if (splits.size() < 2 && split == Split::test)
    throw IoError(folder, 0, "pictures have test images only in a folder with folders train and test");
  PictureFiles files{.folder = split == Split::train ? splits.front() : splits.back()};
  files.names = list_pictures(files.folder);
  files.left_out = folders_left_out(folder, files.folder);
  const bool all_in_folders =
      std::none_of(files.names.begin(), files.names.end(), [](const auto& name) { return class_of(name).empty(); });
  if (all_in_folders) files.classes = classes_in(splits);
  if (!files.classes.empty())
    for (const std::string& name : files.names)
      files.labels.push_back(std::lower_bound(files.classes.begin(), files.classes.end(), class_of(name)) -
                             files.classes.begin());
  return files;
}

std::string fingerprint(const PictureFiles& files) {
  std::string text;
  for (const std::string& name : files.names) {
    std::error_code ignored;
    const fs::path path = fs::path(files.folder) / name;
    text += fmt::format("{} {} {} {:o}\n", name, fs::file_size(path, ignored),
                        fs::last_write_time(path, ignored).time_since_epoch().count(),
                        static_cast<unsigned>(fs::status(path, ignored).permissions()));
  }
  return fmt::format("{} pictures, {}", files.names.size(), text_checksum(text));
}

}  // namespace wisp::detail
