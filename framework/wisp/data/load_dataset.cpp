#include <wisp/data/load_dataset.h>

#include <algorithm>

#include <wisp/core/error.h>
#include <wisp/data/cifar10.h>
#include <wisp/data/folder.h>
#include <wisp/data/picture_folder.h>
#include <wisp/data/shapes.h>

namespace wisp {

DataSource data_source_of(const std::string& data) {
  if (data == shapes_name) return DataSource::shapes;
  const std::vector<std::string> names = list_files(data);
  const auto any = [&](auto condition) { return std::any_of(names.begin(), names.end(), condition); };
  if (any([](const std::string& name) { return name.ends_with("-ubyte") || name.ends_with("-ubyte.gz"); }))
    return DataSource::idx;
  if (any([](const std::string& name) {
        return name == "test_batch.bin" || (name.starts_with("data_batch_") && name.ends_with(".bin"));
      }))
    return DataSource::cifar10;
  if (has_pictures(data)) return DataSource::pictures;
  throw IoError(data, 0,
                "no images are here, expected IDX files such as train-images-idx3-ubyte, CIFAR-10's data_batch_1.bin "
                "to data_batch_5.bin, or PNG, JPEG or BMP pictures");
}

std::int64_t default_image_size(DataSource source) {
  switch (source) {
    case DataSource::idx: return 28;
    case DataSource::cifar10: return 32;
    default: return 64;
  }
}

ImageDataset load_dataset(const std::string& data, Split split, std::int64_t image_size, bool transpose) {
  const DataSource source = data_source_of(data);
  check(!transpose || source == DataSource::idx, "load_dataset: transpose is for IDX files, {} holds others", data);
  switch (source) {
    case DataSource::idx: return load_idx_classes(data, split, transpose);
    case DataSource::cifar10: return load_cifar10(data, split);
    case DataSource::pictures: return load_picture_folder(data, split, image_size);
    default: return draw_shapes(split, image_size);
  }
}

}  // namespace wisp
