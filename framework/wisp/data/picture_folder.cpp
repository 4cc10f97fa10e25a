#include <wisp/data/picture_folder.h>

#include <algorithm>
#include <filesystem>
#include <new>

#include <fmt/ranges.h>

#include <wisp/core/parallel.h>
#include <wisp/core/text.h>
#include <wisp/data/class_folders.h>
#include <wisp/data/folder.h>
#include <wisp/data/picture_files.h>
#include <wisp/data/square_picture.h>
#include <wisp/io/cache.h>
#include <wisp/io/checksum.h>
#include <wisp/io/image.h>

namespace wisp {
namespace {

namespace fs = std::filesystem;

using Bytes = std::vector<std::uint8_t>;

constexpr std::int64_t colours = 3, most_bytes = std::int64_t{4} << 30;

// The folders of the two splits, or the folder alone where it has none.
std::vector<std::string> splits_of(const std::string& folder) {
  const std::string train = folder + "/train", test = folder + "/test";
  std::error_code ignored;
  const bool has_splits = fs::is_directory(train, ignored) && fs::is_directory(test, ignored);
  return has_splits ? std::vector{train, test} : std::vector{folder};
}

std::string folder_of(const std::string& folder, Split split) {
  const std::vector<std::string> splits = splits_of(folder);
  if (splits.size() == 2) return splits[split == Split::train ? 0 : 1];
  if (split == Split::test)
    throw IoError(folder, 0, "pictures have test images only in a folder with folders train and test");
  return folder;
}

// Writes one picture to `out`; what is wrong with it, or "".
std::string load_picture(const std::string& folder, const std::string& name, std::int64_t size, std::uint8_t* out) {
  const std::string path = folder + "/" + name;
  try {
    const Tensor picture = read_image(path);
    const std::int64_t height = picture.dim(1), width = picture.dim(2);
    check(std::min(height, width) >= least_picture_size, "it has {} x {} pixels, {} x {} is the least", width, height,
          least_picture_size, least_picture_size);
    square_picture(picture, size, out);
    return "";
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const IoError& error) {
    return printable(name + std::string(error.what()).substr(path.size()));
  } catch (const std::exception& error) {
    return printable(name + ": " + error.what());
  }
}

std::string note_on(const std::vector<std::string>& problems, std::size_t pictures) {
  constexpr std::size_t most_named = 3;
  if (problems.empty()) return "";
  const std::size_t named = std::min(problems.size(), most_named), rest = problems.size() - named;
  return fmt::format("{} of {} pictures cannot be used: {}{}", problems.size(), pictures,
                     fmt::join(problems.begin(), problems.begin() + static_cast<std::ptrdiff_t>(named), "; "),
                     rest > 0 ? fmt::format("; and {} more", rest) : "");
}

// What of the folder is not looked into: folders in folders, and what lies beside train and test.
std::string note_on_folders(const std::string& folder, const std::string& place) {
  std::vector<std::string> left_out = list_folders_left_out(place);
  if (place != folder)
    for (const std::string& name : list_folders(folder))
      if (name != "train" && name != "test") left_out.push_back("../" + name);
  if (left_out.empty()) return "";
  constexpr std::size_t most_named = 3;
  const std::size_t named = std::min(left_out.size(), most_named), rest = left_out.size() - named;
  return printable(fmt::format("{} {} left out: {}{}", left_out.size(),
                               left_out.size() == 1 ? "folder is" : "folders are",
                               fmt::join(left_out.begin(), left_out.begin() + static_cast<std::ptrdiff_t>(named), ", "),
                               rest > 0 ? fmt::format(", and {} more", rest) : ""));
}

// Which classes have no pictures, or "".
std::string note_on_classes(const ImageDataset& dataset) {
  std::vector<std::string> texts;
  for (const std::int64_t number : empty_classes(dataset))
    texts.push_back(fmt::format("{} ({})", number, printable(dataset.class_names[static_cast<std::size_t>(number)])));
  constexpr std::size_t most_named = 10;
  if (texts.empty()) return "";
  const std::size_t rest = texts.size() - std::min(texts.size(), most_named);
  texts.resize(texts.size() - rest);
  return fmt::format("no pictures are here of class {}{}, of {}", fmt::join(texts, ", "),
                     rest > 0 ? fmt::format(" and {} more", rest) : "", dataset.class_names.size());
}

bool are_numbers_below(std::size_t count, const Tensor& labels) {
  const std::vector<std::int64_t> numbers = labels.to(DType::i64).values<std::int64_t>();
  return std::all_of(numbers.begin(), numbers.end(),
                     [&](std::int64_t number) { return 0 <= number && number < static_cast<std::int64_t>(count); });
}

bool is_grey(const Bytes& pixels) {
  for (std::size_t i = 0; i < pixels.size(); i += colours)
    if (pixels[i] != pixels[i + 1] || pixels[i] != pixels[i + 2]) return false;
  return true;
}

// "images", N x size x (size C) bytes, perhaps "labels", and the note.
Safetensors load_all(const std::string& folder, const std::vector<std::string>& names,
                     const std::vector<std::int64_t>& labels, DType label_type, std::int64_t size) {
  const auto count = static_cast<std::int64_t>(names.size()), bytes = colours * size * size;
  if (count > most_bytes / bytes)
    throw IoError(folder, 0,
                  fmt::format("{} pictures of {} x {} pixels need more than {} bytes, the most that is read", count,
                              size, size, most_bytes));
  Bytes pixels(static_cast<std::size_t>(count * bytes));
  std::vector<std::string> found(names.size()), problems;
  std::vector<std::int64_t> kept_labels;
  parallel_for(count, 1, [&](std::int64_t i, std::int64_t) {
    const auto place = static_cast<std::size_t>(i);
    found[place] = load_picture(folder, names[place], size, pixels.data() + i * bytes);
  });

  std::int64_t kept = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string& problem = found[static_cast<std::size_t>(i)];
    if (!problem.empty()) {
      problems.push_back(problem);
      continue;
    }
    if (kept != i) std::copy_n(pixels.begin() + i * bytes, bytes, pixels.begin() + kept * bytes);
    if (!labels.empty()) kept_labels.push_back(labels[static_cast<std::size_t>(i)]);
    ++kept;
  }
  const std::string note = note_on(problems, names.size());
  if (kept == 0) throw IoError(folder, 0, note);
  pixels.resize(static_cast<std::size_t>(kept * bytes));
  const bool grey = is_grey(pixels);
  if (grey) {
    for (std::size_t i = 0; i < pixels.size(); i += colours) pixels[i / colours] = pixels[i];
    pixels.resize(pixels.size() / colours);
  }
  Safetensors content{{{"images", Tensor::from({kept, size, grey ? size : colours * size}, pixels)}}, {{"note", note}}};
  if (!labels.empty()) content.tensors["labels"] = Tensor::from({kept}, kept_labels).to(label_type);
  return content;
}

}  // namespace

bool has_pictures(const std::string& folder) { return !list_pictures(folder_of(folder, Split::train)).empty(); }

ImageDataset load_picture_folder(const std::string& folder, Split split, std::int64_t size) {
  check(1 <= size && size <= 4096, "load_picture_folder: size is {}, expected 1 to 4096", size);
  const std::string place = folder_of(folder, split);
  const std::vector<std::string> names = list_pictures(place);
  if (names.empty()) throw IoError(place, 0, "no pictures are here; PNG, JPEG and BMP files are valid");
  std::error_code ignored;
  const std::string name =
      fmt::format("pictures-{}-{}", text_checksum(fs::weakly_canonical(place, ignored).string()), size);
  std::vector<std::string> classes = class_folders(splits_of(folder));
  const std::vector<std::int64_t> all_labels = labels_from_folders(names, classes);
  if (all_labels.empty()) classes.clear();
  constexpr std::size_t most_in_bytes = 256;
  const DType label_type = classes.size() <= most_in_bytes ? DType::u8 : DType::i64;
  constexpr int reader = 2;  // counted on where a picture's pixels become others
  const std::string state =
      fmt::format("reader {}, {}, {} classes, {}", reader, picture_fingerprint(place, names), classes.size(),
                  text_checksum(fmt::format("{}", fmt::join(classes, "/"))));
  const auto fits = [&](const Safetensors& content) {
    const Tensor& images = content.tensors.at("images");
    const auto labels = content.tensors.find("labels");
    return content.metadata.at("state") == state && content.metadata.contains("note") && images.dtype() == DType::u8 && images.rank() == 3 &&
           images.dim(1) == size && (images.dim(2) == size || images.dim(2) == colours * size) &&
           (labels == content.tensors.end()) == all_labels.empty() &&
           (all_labels.empty() ||
            (labels->second.shape() == Shape{images.dim(0)} && labels->second.dtype() == label_type &&
             are_numbers_below(classes.size(), labels->second)));
  };
  const Safetensors content = cached(name, fits, [&] {
    Safetensors computed = load_all(place, names, all_labels, label_type, size);
    computed.metadata["state"] = state;
    return computed;
  });
  const Tensor& images = content.tensors.at("images");
  const auto labels = content.tensors.find("labels");
  ImageDataset dataset{.images = images.alias({images.dim(0), images.dim(2) / size, size, size}),
                       .labels = labels == content.tensors.end() ? Tensor{} : labels->second,
                       .class_names = classes};
  for (const std::string& note : {content.metadata.at("note"), note_on_classes(dataset), note_on_folders(folder, place)})
    if (!note.empty()) dataset.note += (dataset.note.empty() ? place + ": " : "; ") + note;
  return dataset;
}

}  // namespace wisp
