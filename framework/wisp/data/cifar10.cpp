#include <wisp/data/cifar10.h>

#include <vector>

#include <wisp/io/input_file.h>

namespace wisp {
namespace {

constexpr std::int64_t size = 32, channels = 3, classes = 10, pixels = size * size, record = 1 + channels * pixels;
constexpr std::uint64_t most_bytes = std::uint64_t{64} << 20;  // a file of CIFAR-10 has 30,730,000

std::string read_records(const std::string& path) {
  const std::string bytes = read_file(path, most_bytes);
  if (bytes.empty() || bytes.size() % record != 0)
    throw IoError(path, 0,
                  fmt::format("the file has {} bytes, expected records of {} (a label and 32 x 32 pixels of 3 bytes)",
                              bytes.size(), record));
  return bytes;
}

}  // namespace

ImageDataset load_cifar10(const std::string& folder, Split split) {
  std::vector<std::string> paths;
  if (split == Split::test)
    paths = {folder + "/test_batch.bin"};
  else
    for (int i = 1; i <= 5; ++i) paths.push_back(fmt::format("{}/data_batch_{}.bin", folder, i));

  std::vector<std::string> files;
  std::int64_t count = 0;
  for (const std::string& path : paths) {
    files.push_back(read_records(path));
    count += static_cast<std::int64_t>(files.back().size()) / record;
  }
  ImageDataset dataset{.images = Tensor::empty({count, channels, size, size}, DType::u8),
                       .labels = Tensor::empty({count}, DType::u8)};
  auto* image = dataset.images.mutable_data<std::uint8_t>();  // channels-last
  auto* label = dataset.labels.mutable_data<std::uint8_t>();
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(files[i].data());
    for (const std::uint8_t* at = bytes; at != bytes + files[i].size(); at += record) {
      if (*at >= classes)
        throw IoError(paths[i], static_cast<std::uint64_t>(at - bytes),
                      fmt::format("the label {} stands here, expected 0 to {}", *at, classes - 1));
      *label++ = *at;
      for (std::int64_t pixel = 0; pixel < pixels; ++pixel)
        for (std::int64_t c = 0; c < channels; ++c) *image++ = at[1 + c * pixels + pixel];
    }
  }
  return dataset;
}

}  // namespace wisp
