#include <wisp/data/dataset.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/ranges.h>

#include <wisp/data/folder.h>
#include <wisp/data/idx.h>
#include <wisp/io/checksum.h>

namespace wisp {
namespace {

namespace fs = std::filesystem;

// What the names of the files end in, without ".gz".
std::vector<std::string> endings_of(Split split, const std::string& kind) {
  const std::vector<std::string> parts =
      split == Split::train ? std::vector<std::string>{"train"} : std::vector<std::string>{"t10k", "test"};
  std::vector<std::string> endings;
  for (const std::string& part : parts)
    for (const char* separator : {"-", "."})
      endings.push_back(fmt::format("{}-{}{}{}-ubyte", part, kind, separator, kind == "images" ? "idx3" : "idx1"));
  return endings;
}

// The path of the one file with such an ending, "" when there is none.
std::string find_file(const std::string& folder, const std::vector<std::string>& names,
                      const std::vector<std::string>& endings) {
  std::vector<std::string> found;
  for (const std::string& name : names)
    for (const std::string& ending : endings) {
      const bool zipped = name.ends_with(ending + ".gz");
      // Sorted names: a file comes before its .gz.
      if (zipped && std::count(found.begin(), found.end(), name.substr(0, name.size() - 3)) > 0) continue;
      if (zipped || name.ends_with(ending)) found.push_back(name);
    }
  if (found.size() > 1)
    throw IoError(folder, 0, fmt::format("several files fit where one is expected: {}", fmt::join(found, ", ")));
  return found.empty() ? "" : (fs::path(folder) / found.front()).string();
}

// (N, 1, H, W) with rows and columns exchanged.
Tensor transposed(const Tensor& images) {
  const std::int64_t height = images.dim(2), width = images.dim(3);
  Tensor result = Tensor::empty({images.dim(0), 1, width, height}, DType::u8);
  const auto* in = images.data<std::uint8_t>();
  auto* out = result.mutable_data<std::uint8_t>();
  for (std::int64_t i = 0; i < images.dim(0); ++i, in += height * width)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t y = 0; y < height; ++y) *out++ = in[y * width + x];
  return result;
}

}  // namespace

ImageDataset load_idx_folder(const std::string& folder, Split split, bool transpose) {
  const std::vector<std::string> names = list_files(folder);
  const std::vector<std::string> image_endings = endings_of(split, "images");
  const std::string image_path = find_file(folder, names, image_endings);
  if (image_path.empty())
    throw IoError(folder, 0,
                  fmt::format("no image file here, expected one whose name ends in {}, or in one of these and .gz",
                              fmt::join(image_endings, " or ")));
  const Tensor images = read_idx(image_path);
  if (images.rank() != 3)
    throw IoError(image_path, 3,
                  fmt::format("{} dimension(s) ({}), expected 3: images, rows, columns{}", images.rank(),
                              images.shape(), images.rank() == 1 ? "; these may be labels" : ""));
  if (images.numel() == 0)
    throw IoError(image_path, 4, fmt::format("dimensions {} hold no pixels, expected images", images.shape()));
  ImageDataset dataset{.images = images.alias({images.dim(0), 1, images.dim(1), images.dim(2)})};
  if (transpose) dataset.images = transposed(dataset.images);

  const std::string label_path = find_file(folder, names, endings_of(split, "labels"));
  if (label_path.empty()) return dataset;
  dataset.labels = read_idx(label_path);
  if (dataset.labels.rank() != 1)
    throw IoError(label_path, 3,
                  fmt::format("{} dimensions ({}), expected 1: labels", dataset.labels.rank(), dataset.labels.shape()));
  if (dataset.labels.dim(0) != images.dim(0))
    throw IoError(label_path, 4,
                  fmt::format("{} labels for {} images ({})", dataset.labels.dim(0), images.dim(0), image_path));
  return dataset;
}

std::string checksum(const ImageDataset& dataset) { return checksum(Tensors{dataset.images}); }

}  // namespace wisp
