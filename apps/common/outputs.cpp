#include <apps/common/outputs.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <apps/common/page.h>
#include <wisp/core/error.h>

namespace wisp::apps {
namespace {

namespace fs = std::filesystem;

// Without links, also of what is not there yet.
fs::path whole_path(const std::string& path) {
  std::error_code ignored;
  return fs::weakly_canonical(fs::absolute(path, ignored), ignored);
}

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored) || whole_path(a) == whole_path(b);
}

// Whether it is what takes the place of what was there.
bool replaces(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && (fs::is_regular_file(path, ignored) || !fs::exists(path, ignored));
}

bool is_within(const std::string& file, const std::string& folder) {
  const fs::path inner = whole_path(file), outer = whole_path(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

bool would_replace(const std::string& output, const std::string& input) {
  std::error_code ignored;
  if (!fs::is_directory(input, ignored)) return is_same_file(output, input);
  return fs::is_regular_file(output, ignored) && is_within(output, input) && !pictures_of_page(output);
}

}  // namespace

void check_outputs(const char* command, const std::vector<NamedPath>& outputs, const std::vector<NamedPath>& inputs) {
  for (auto output = outputs.begin(); output != outputs.end(); ++output) {
    if (!replaces(output->path)) continue;
    for (const NamedPath& input : inputs) {
      if (input.path.empty() || !would_replace(output->path, input.path)) continue;
      std::error_code ignored;
      fail("{}: {} {} would replace {} {}", command, output->name, output->path,
           fs::is_directory(input.path, ignored) ? "a file of" : input.name, input.path);
    }
    for (auto other = outputs.begin(); other != output; ++other)
      check(!replaces(other->path) || !is_same_file(output->path, other->path),
            "{}: {} and {} must name two files, given {} and {}", command, other->name, output->name, other->path,
            output->path);
  }
}

}  // namespace wisp::apps
