#include <wisp/io/picture_name.h>

#include <cctype>
#include <filesystem>

#include <wisp/core/error.h>

namespace wisp {

void check_picture_name(const std::string& where, const std::string& path, const std::string& ending) {
  const std::string found = std::filesystem::path(path).extension().string();
  std::string lower = found;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  check(lower.empty() || lower == ending,
        "{}: {} ends in \"{}\", \"{}\" or no ending at all is valid: only that is written", where, path, found, ending);
}

}  // namespace wisp
