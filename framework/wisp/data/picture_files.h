// The picture files of a folder, before one of them is opened.
#pragma once

#include <string>
#include <vector>

namespace wisp {

/// The files in the folder, and behind them those in the folders in it, whose names end in .png, .jpg, .jpeg or .bmp,
/// in either case; paths from the folder on. Throws IoError when a folder cannot be read.
std::vector<std::string> list_pictures(const std::string& folder);

/// The folders that list_pictures does not look into, those in the folders in the folder; paths from the folder on.
/// Throws IoError when a folder cannot be read.
std::vector<std::string> list_folders_left_out(const std::string& folder);

/// A text that is another one when a name, or a file's size, time of change or permissions are, or there are more or
/// fewer files.
std::string picture_fingerprint(const std::string& folder, const std::vector<std::string>& names);

}  // namespace wisp
