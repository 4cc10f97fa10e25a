// What is in a folder.
#pragma once

#include <string>
#include <vector>

namespace wisp {

/// The names of the regular files in the folder, in order; hidden ones (such as macOS's ._ companions) are left out.
/// Throws IoError when the folder cannot be read.
std::vector<std::string> list_files(const std::string& folder);

/// The names of the folders in the folder likewise.
std::vector<std::string> list_folders(const std::string& folder);

}  // namespace wisp
