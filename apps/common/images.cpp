#include <apps/common/images.h>

#include <apps/common/cache_folder.h>
#include <wisp/data/load_dataset.h>
#include <wisp/data/shapes.h>

namespace wisp::apps {

std::int64_t default_image_size(const std::string& data) {
  if (data == shapes_name) return 64;
  switch (dataset_format_of(data)) {
    case DatasetFormat::idx: return 28;
    case DatasetFormat::cifar10: return 32;
    default: return 64;
  }
}

ImageDataset load_images(const std::string& data, Split split, std::int64_t image_size, bool transpose) {
  if (data != shapes_name) return load_dataset(data, split, image_size, transpose, cache_folder());
  check(!transpose, "--transpose is for IDX files, {} are drawn", shapes_name);
  return draw_shapes(split, image_size);
}

}  // namespace wisp::apps
