// Where a program writes its files.
#pragma once

#include <string>
#include <vector>

namespace wisp::apps {

/// Creates the folder and those above it where they are missing. Throws IoError when that cannot be done.
void make_folder(const std::string& path);

/// Throws Error when one of these files is in the folder, unless it is a page of this program, index.html, or one of
/// the pictures that this page names: those a new page may replace. What others keep in the folder is not written over.
void check_page_folder(const std::string& path, const std::vector<std::string>& files);

/// A folder that is known to take files before the work that fills it begins.
class OutputFolder {
 public:
  /// Creates the folder and those that `files`, paths inside it, need, and tries that each file could be written there.
  /// Throws IoError, and leaves nothing behind then.
  OutputFolder(const std::string& path, const std::vector<std::string>& files);
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
