// load_dataset: the one door to images, whatever they are kept in.
#pragma once

#include <cstdint>
#include <string>

#include <wisp/data/dataset.h>

namespace wisp {

/// Where images come from.
enum class DataSource { idx, cifar10, pictures, shapes };

/// What stands for the images of draw_shapes; everything else is the path of a folder.
inline constexpr const char* shapes_name = "shapes";

/// What `data` stands for: the name "shapes" for the images of draw_shapes, else a folder, of IDX files
/// (load_idx_classes), of CIFAR-10's (load_cifar10) or of pictures (load_picture_folder), looked for in this order.
/// "./shapes" is a folder. Throws IoError when the folder cannot be read or holds none of these.
DataSource data_source_of(const std::string& data);

/// The size that images of this source are trained at unless another one is asked for: 28 for IDX files, 32 for
/// CIFAR-10, 64 for pictures and shapes.
std::int64_t default_image_size(DataSource source);

/// The images that `data` stands for. Pictures and shapes are made at image_size x image_size pixels; images from the
/// other files come as they are stored there, and a DataLoader resizes them. `transpose` is for IDX files, see
/// load_idx_folder. Throws what data_source_of and the loader of the source throw, and Error for `transpose` with
/// another source.
ImageDataset load_dataset(const std::string& data, Split split, std::int64_t image_size, bool transpose = false);

}  // namespace wisp
