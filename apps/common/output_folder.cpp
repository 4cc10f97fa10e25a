#include <apps/common/output_folder.h>

#include <filesystem>
#include <system_error>

#include <unistd.h>

#include <wisp/core/error.h>
#include <wisp/io/atomic_file.h>

namespace wisp::apps {

namespace fs = std::filesystem;

void make_folder(const std::string& path) {
  std::error_code problem;
  fs::create_directories(path, problem);
  if (problem) throw IoError(path, 0, "the folder cannot be made: " + problem.message());
}

// After the delegated constructor the object exists: what throws then still runs the destructor.
OutputFolder::OutputFolder(const std::string& path, const std::vector<std::string>& files) : OutputFolder() {
  make(path);
  for (const std::string& file : files) {
    const fs::path whole = fs::path(path) / file;
    make(whole.parent_path().string());
    const AtomicFile trial(whole.string());
  }
}

OutputFolder::~OutputFolder() {
  for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) ::rmdir(folder->c_str());
}

void OutputFolder::make(const std::string& path) {
  std::vector<std::string> missing;
  std::error_code ignored;
  for (fs::path folder = path; !folder.empty() && !fs::exists(folder, ignored); folder = folder.parent_path())
    missing.push_back(folder.string());
  made_.insert(made_.end(), missing.rbegin(), missing.rend());
  make_folder(path);
}

}  // namespace wisp::apps
