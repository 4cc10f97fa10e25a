// Where a program writes its files.
#pragma once

#include <string>
#include <vector>

#include <apps/common/outputs.h>

namespace wisp::apps {

/// Creates the folder and those above it where they are missing. Throws IoError when that cannot be done.
void make_folder(const std::string& path);

/// A folder that is known to take files before the work that fills it begins.
class OutputFolder {
 public:
  /// Creates the folder and those that `files`, paths inside it, need, and tries that each file could be written there.
  /// Throws IoError, and leaves nothing behind then.
  OutputFolder(const std::string& path, const std::vector<std::string>& files);
  /// The same for a page and its pictures, which `command` writes. Throws Error, too, where one of the files would
  /// replace an input (see check_outputs), or is there already and is no page of this program, index.html, nor one of
  /// the pictures that this page names: those alone a new page replaces.
  OutputFolder(const char* command, const std::string& path, const std::vector<std::string>& files,
               const std::vector<NamedPath>& inputs = {});
  /// Takes a folder in it that somebody made for the same work for one that it made.
  void add_made(const std::string& path) { made_.push_back(path); }
  /// Removes the folders that it made and that are still empty.
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

 private:
  OutputFolder() = default;
  void make(const std::string& path);

  std::vector<std::string> made_;  // an inner folder stands after the one it is in
};

}  // namespace wisp::apps
