// Folders as classes: numbered by their names, over both splits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wisp {

/// The names of the classes in order: of all folders in the folders `splits`, those without pictures too. None where
/// fewer than 2 of them hold pictures. Throws IoError when a folder cannot be read.
std::vector<std::string> class_folders(const std::vector<std::string>& splits);

/// Of each picture, named from the split's folder on, the place of its folder's name among the classes. Nothing without
/// classes, or where a picture lies in no folder.
std::vector<std::int64_t> labels_from_folders(const std::vector<std::string>& pictures,
                                              const std::vector<std::string>& classes);

}  // namespace wisp
