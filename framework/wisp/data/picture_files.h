// The picture files of a folder and the classes that its folders make of them, before one of them is opened.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wisp/data/dataset.h>

namespace wisp::detail {

/// The files that load_picture_folder reads. Their names, and those in `left_out`, are paths from `folder` on.
struct PictureFiles {
  std::string folder;                      ///< the folder of the split
  std::vector<std::string> names = {};     ///< of the files
  std::vector<std::string> left_out = {};  ///< the folders that are not looked into
  std::vector<std::string> classes = {};   ///< the names of the classes, in order; none where folders are no classes
  std::vector<std::int64_t> labels = {};   ///< of each file the place of its class in `classes`
};

/// The files in the split's folder, and behind them those in the folders in it; see load_picture_folder. Throws IoError
/// when a folder cannot be read or there is none for the test split.
PictureFiles find_pictures(const std::string& folder, Split split);

/// A text that changes when a file gets another name, size, time of change or permissions, or when there are more or
/// fewer files.
std::string fingerprint(const PictureFiles& files);

}  // namespace wisp::detail
