#include <wisp/data/picture_files.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include <fmt/format.h>

#include <wisp/data/folder.h>
#include <wisp/io/checksum.h>

namespace wisp {
namespace {

namespace fs = std::filesystem;

bool is_picture(std::string name) {
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* ending : {".png", ".jpg", ".jpeg", ".bmp"})
    if (name.ends_with(ending)) return true;
  return false;
}

}  // namespace

std::vector<std::string> list_pictures(const std::string& folder) {
  std::vector<std::string> pictures;
  for (const std::string& name : list_files(folder))
    if (is_picture(name)) pictures.push_back(name);
  for (const std::string& inner : list_folders(folder))
    for (const std::string& name : list_files(folder + "/" + inner))
      if (is_picture(name)) pictures.push_back(inner + "/" + name);
  return pictures;
}

std::vector<std::string> list_folders_left_out(const std::string& folder) {
  std::vector<std::string> left_out;
  for (const std::string& inner : list_folders(folder))
    for (const std::string& name : list_folders(folder + "/" + inner)) left_out.push_back(inner + "/" + name);
  return left_out;
}

std::string picture_fingerprint(const std::string& folder, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    std::error_code ignored;
    const fs::path path = fs::path(folder) / name;
    text += fmt::format("{} {} {} {:o}\n", name, fs::file_size(path, ignored),
                        fs::last_write_time(path, ignored).time_since_epoch().count(),
                        static_cast<unsigned>(fs::status(path, ignored).permissions()));
  }
  return fmt::format("{} pictures, {}", names.size(), text_checksum(text));
}

}  // namespace wisp
