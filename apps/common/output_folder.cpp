#include <apps/common/output_folder.h>

#include <filesystem>
#include <system_error>

#include <wisp/core/error.h>

namespace wisp::apps {

void make_folder(const std::string& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (problem) throw IoError(path, 0, "the folder cannot be made: " + problem.message());
}

}  // namespace wisp::apps
