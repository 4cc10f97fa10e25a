// load_dataset: the one door to the images in a folder, whatever files they are kept in.
#pragma once

#include <cstdint>
#include <string>

#include <wisp/data/dataset.h>

namespace wisp {

/// The kinds of files that images are read from.
enum class DatasetFormat { idx, cifar10, pictures };

/// What a folder holds: IDX files (load_idx_classes), those of CIFAR-10 (load_cifar10) or pictures
/// (load_picture_folder), looked for in this order. Throws IoError when the folder cannot be read or holds none of
/// these.
DatasetFormat dataset_format_of(const std::string& folder);

/// The images in a folder. Pictures are resized to image_size x image_size pixels and kept in `cache_folder`, see
/// load_picture_folder; images from the other files come as they are stored there, and a DataLoader resizes them.
/// `transpose` is for IDX files, see load_idx_folder. Throws what dataset_format_of and the loader of the format throw,
/// and Error for `transpose` with another format.
ImageDataset load_dataset(const std::string& folder, Split split, std::int64_t image_size, bool transpose = false,
                          const std::string& cache_folder = "");

}  // namespace wisp
