#include <wisp/io/picture_name.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <string_view>

#include <wisp/core/error.h>

namespace wisp {
namespace {

constexpr std::array<std::string_view, 20> picture_endings = {
    ".jpg",  ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".png",
    ".apng", ".avif", ".svg", ".ppm",  ".pgm", ".pnm", ".tga",  ".ico", ".heic", ".jxl"};

}  // namespace

void check_picture_name(const std::string& where, const std::string& path, const std::string& ending) {
  const std::string found = std::filesystem::path(path).extension().string();
  std::string lower = found;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const bool is_other =
      lower != ending && std::find(picture_endings.begin(), picture_endings.end(), lower) != picture_endings.end();
  check(!is_other, "{}: {} ends in \"{}\", \"{}\" or no picture's ending is valid: only that is written", where, path,
        found, ending);
}

}  // namespace wisp
