#include <apps/common/output_folder.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <unistd.h>

#include <apps/common/page.h>
#include <wisp/core/error.h>
#include <wisp/io/atomic_file.h>

namespace wisp::apps {

namespace fs = std::filesystem;

namespace {

// Returns the files.
const std::vector<std::string>& checked(const char* command, const std::string& path,
                                        const std::vector<std::string>& files, const std::vector<NamedPath>& inputs) {
  std::vector<NamedPath> outputs;
  for (const std::string& file : files) outputs.push_back({"--out", (fs::path(path) / file).string()});
  check_outputs(command, outputs, inputs);
  constexpr const char* page = "index.html";
  auto own = pictures_of_page((fs::path(path) / page).string());
  if (own) own->push_back(page);
  std::error_code ignored;
  for (const std::string& file : files)
    check(!fs::is_regular_file(fs::path(path) / file, ignored) ||
              (own && std::find(own->begin(), own->end(), file) != own->end()),
          "{}/{} is there already, and of no page of this program: name another folder with --out", path, file);
  return files;
}

}  // namespace

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

OutputFolder::OutputFolder(const char* command, const std::string& path, const std::vector<std::string>& files,
                           const std::vector<NamedPath>& inputs)
    : OutputFolder(path, checked(command, path, files, inputs)) {}

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
