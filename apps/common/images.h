// The images that --data names: those in a folder, or the shapes that the program draws itself.
#pragma once

#include <cstdint>
#include <string>

#include <wisp/data/dataset.h>

namespace wisp::apps {

/// Stands for the images of draw_shapes. Everything else is the path of a folder, "./shapes" too.
inline constexpr const char* shapes_name = "shapes";

/// The size that these images are trained at unless another one is asked for: 28 for IDX files, 32 for CIFAR-10, 64 for
/// pictures and shapes. Throws what dataset_format_of throws.
std::int64_t default_image_size(const std::string& data);

/// The images of draw_shapes at image_size, or those of load_dataset with the cache in cache_folder(). Throws what
/// these throw, and Error for `transpose` with shapes.
ImageDataset load_images(const std::string& data, Split split, std::int64_t image_size, bool transpose);

}  // namespace wisp::apps
