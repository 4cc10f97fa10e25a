#include <wisp/data/load_dataset.h>

#include <algorithm>

#include <wisp/data/cifar10.h>
#include <wisp/data/folder.h>
#include <wisp/data/picture_files.h>
#include <wisp/data/picture_folder.h>

namespace wisp {

DatasetFormat dataset_format_of(const std::string& folder) {
  const std::vector<std::string> names = detail::list_folder(folder, std::filesystem::file_type::regular);
  const auto any = [&](auto condition) { return std::any_of(names.begin(), names.end(), condition); };
  if (any([](const std::string& name) { return name.ends_with("-ubyte") || name.ends_with("-ubyte.gz"); }))
    return DatasetFormat::idx;
  if (any([](const std::string& name) {
        return name == "test_batch.bin" || (name.starts_with("data_batch_") && name.ends_with(".bin"));
      }))
    return DatasetFormat::cifar10;
  if (!detail::find_pictures(folder, Split::train).names.empty()) return DatasetFormat::pictures;
  throw IoError(folder, 0,
                "no images are here, expected IDX files such as train-images-idx3-ubyte, CIFAR-10's data_batch_1.bin "
                "to data_batch_5.bin, or PNG, JPEG or BMP pictures");
}

ImageDataset load_dataset(const std::string& folder, Split split, std::int64_t image_size, bool transpose,
                          const std::string& cache_folder) {
  const DatasetFormat format = dataset_format_of(folder);
  check(!transpose || format == DatasetFormat::idx, "load_dataset: transpose is for IDX files, {} holds others",
        folder);
  switch (format) {
    case DatasetFormat::idx: return load_idx_classes(folder, split, transpose);
    case DatasetFormat::cifar10: return load_cifar10(folder, split);
    default: return load_picture_folder(folder, split, image_size, cache_folder);
  }
}

}  // namespace wisp
