#include <wisp/data/dataset.h>

#include <algorithm>
#include <filesystem>
#include <set>
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
std::string find_file(const std::string& folder, const std::vector<std::string>& endings) {
  std::vector<std::string> found;
  for (const std::string& name : detail::list_folder(folder, fs::file_type::regular))
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
  const std::vector<std::string> image_endings = endings_of(split, "images");
  const std::string image_path = find_file(folder, image_endings);
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

  const std::string label_path = find_file(folder, endings_of(split, "labels"));
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

ImageDataset load_idx_classes(const std::string& folder, Split split, bool transpose) {
  ImageDataset dataset = load_idx_folder(folder, split, transpose);
  if (!dataset.labels.defined()) return dataset;
  const std::vector<std::uint8_t> labels = dataset.labels.values<std::uint8_t>();
  std::vector<std::uint8_t> training = labels;
  if (split == Split::test) {
    const std::string path = find_file(folder, endings_of(Split::train, "labels"));
    if (!path.empty()) training = read_idx(path).values<std::uint8_t>();
  }
  const std::set<std::uint8_t> used(training.begin(), training.end());
  std::set<std::uint8_t> unknown;
  for (const std::uint8_t label : labels)
    if (!used.contains(label)) unknown.insert(label);
  std::vector<std::uint8_t> classes(used.begin(), used.end());
  classes.insert(classes.end(), unknown.begin(), unknown.end());
  std::vector<std::uint8_t> number(256);
  for (std::size_t i = 0; i < classes.size(); ++i) number[classes[i]] = static_cast<std::uint8_t>(i);
  if (classes.back() == classes.size() - 1 && unknown.empty()) return dataset;

  std::vector<std::uint8_t> numbered;
  for (const std::uint8_t label : labels) numbered.push_back(number[label]);
  dataset.labels = Tensor::from(dataset.labels.shape(), numbered);
  for (const std::uint8_t label : classes) dataset.class_names.push_back(fmt::format("{}", label));
  const bool is_run = unknown.empty() && classes.size() > 1 && *used.rbegin() - *used.begin() + 1u == classes.size();
  const std::string text = is_run ? fmt::format("{} to {}", classes.front(), classes.back())
                                  : fmt::format("{}", fmt::join(dataset.class_names, ", "));
  dataset.note = fmt::format("{}: labels {} are classes 0 to {}", folder, text, classes.size() - 1);
  if (classes.size() == 1) dataset.note = fmt::format("{}: label {} is class 0", folder, text);
  if (!unknown.empty()) dataset.note += fmt::format("; no training image has label {}", fmt::join(unknown, ", "));
  return dataset;
}

std::int64_t class_count(const ImageDataset& dataset) {
  if (!dataset.labels.defined()) return 0;
  if (!dataset.class_names.empty()) return static_cast<std::int64_t>(dataset.class_names.size());
  const std::vector<std::int64_t> labels = dataset.labels.to(DType::i64).values<std::int64_t>();
  return labels.empty() ? 0 : *std::max_element(labels.begin(), labels.end()) + 1;
}

std::vector<std::int64_t> empty_classes(const ImageDataset& dataset) {
  std::vector<std::int64_t> empty;
  if (!dataset.labels.defined()) return empty;
  const std::vector<std::int64_t> labels = dataset.labels.to(DType::i64).values<std::int64_t>();
  const std::set<std::int64_t> used(labels.begin(), labels.end());
  for (std::int64_t i = 0; i < class_count(dataset); ++i)
    if (!used.contains(i)) empty.push_back(i);
  return empty;
}

std::string checksum(const ImageDataset& dataset) {
  const Tensor& images = dataset.images;
  const std::string form = fmt::format("{} {}", name_of(images.dtype()), images.shape());
  const std::string text = fmt::format("{}-{}", checksum(Tensors{images}), detail::text_checksum(form));
  if (!dataset.labels.defined()) return text;
  std::string names;
  for (const std::string& name : dataset.class_names) names += name + '/';
  const std::string labels = checksum(Tensors{dataset.labels.to(DType::i64)});
  return fmt::format("{}-{}", text, detail::text_checksum(labels + " " + names));
}

bool is_same_data(const std::string& now, const std::string& then) {
  return !then.empty() && now.starts_with(then) && (now.size() == then.size() || now[then.size()] == '-');
}

}  // namespace wisp
