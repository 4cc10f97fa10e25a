// The names of what is in a folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace wisp::detail {

/// The names of the regular files, or of the folders (file_type::directory), in the folder, sorted. Hidden ones (such
/// as macOS's ._ companions) are left out. Throws IoError when the folder cannot be read.
std::vector<std::string> list_folder(const std::string& folder, std::filesystem::file_type type);

}  // namespace wisp::detail
