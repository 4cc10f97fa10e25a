// FolderLock: keeps two programs from writing one folder.
#pragma once

#include <string>

#include <wisp/io/file_descriptor.h>

namespace wisp::apps {

/// Held through the file `lock` in the folder, which says who holds it; the system lets go of it when the program ends,
/// however it ends. Where the file system knows no locks there is none.
class FolderLock {
 public:
  /// Throws IoError when another program holds it (named), or the file cannot be made.
  explicit FolderLock(const std::string& folder);

 private:
  FileDescriptor file_;
};

}  // namespace wisp::apps
