#include <wisp/data/picture_folder.h>

#include <algorithm>
#include <filesystem>
#include <new>
#include <span>

#include <fmt/ranges.h>

#include <wisp/core/parallel.h>
#include <wisp/core/text.h>
#include <wisp/data/picture_files.h>
#include <wisp/data/square_picture.h>
#include <wisp/io/cache.h>
#include <wisp/io/checksum.h>
#include <wisp/io/image.h>

namespace wisp {
namespace {

using detail::PictureFiles;

constexpr std::int64_t colours = 3, least_side = 8, most_bytes = std::int64_t{4} << 30;

// The first `most` texts with the separator between them. Where there are others, `before_rest` and their number
// follow.
std::string first_of(const std::vector<std::string>& texts, std::size_t most, const char* separator,
                     const char* before_rest) {
  const std::span<const std::string> named = std::span(texts).first(std::min(texts.size(), most));
  const std::size_t rest = texts.size() - named.size();
  return fmt::format("{}{}", fmt::join(named, separator),
                     rest > 0 ? fmt::format("{} and {} more", before_rest, rest) : "");
}

std::string note_on_problems(const std::vector<std::string>& problems, std::size_t pictures) {
  if (problems.empty()) return "";
  return fmt::format("{} of {} pictures cannot be used: {}", problems.size(), pictures,
                     first_of(problems, 3, "; ", ";"));
}

std::string note_on_folders(const std::vector<std::string>& left_out) {
  if (left_out.empty()) return "";
  return printable(fmt::format("{} {} left out: {}", left_out.size(),
                               left_out.size() == 1 ? "folder is" : "folders are", first_of(left_out, 3, ", ", ",")));
}

std::string note_on_classes(const ImageDataset& dataset) {
  std::vector<std::string> texts;
  for (const std::int64_t number : empty_classes(dataset))
    texts.push_back(fmt::format("{} ({})", number, printable(dataset.class_names[static_cast<std::size_t>(number)])));
  if (texts.empty()) return "";
  return fmt::format("no pictures are here of class {}, of {}", first_of(texts, 10, ", ", ""),
                     dataset.class_names.size());
}

// Writes one picture to `out`. Returns what is wrong with it, or "".
std::string load_picture(const std::string& folder, const std::string& name, std::int64_t size, std::uint8_t* out) {
  const std::string path = folder + "/" + name;
  try {
    const Tensor picture = read_image(path);
    const std::int64_t height = picture.dim(1), width = picture.dim(2);
    check(std::min(height, width) >= least_side, "it has {} x {} pixels, {} x {} is the least", width, height,
          least_side, least_side);
    detail::square_picture(picture, size, out);
    return "";
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const IoError& error) {
    return printable(name + std::string(error.what()).substr(path.size()));
  } catch (const std::exception& error) {
    return printable(name + ": " + error.what());
  }
}

// Keeps the first of each pixel's three numbers where all three are equal in all pixels.
void reduce_grey(std::vector<std::uint8_t>& pixels) {
  for (std::size_t i = 0; i < pixels.size(); i += colours)
    if (pixels[i] != pixels[i + 1] || pixels[i] != pixels[i + 2]) return;
  for (std::size_t i = 0; i < pixels.size(); i += colours) pixels[i / colours] = pixels[i];
  pixels.resize(pixels.size() / colours);
}

// What the cache keeps: the "images" that can be used, u8 (n, size, size C), whether each file is one of them, "used",
// u8 (N), and a note on the others.
Safetensors decode(const PictureFiles& files, std::int64_t size) {
  const auto count = static_cast<std::int64_t>(files.names.size()), bytes = colours * size * size;
  if (count > most_bytes / bytes)
    throw IoError(files.folder, 0,
                  fmt::format("{} pictures of {} x {} pixels need more than {} bytes, the most that is read", count,
                              size, size, most_bytes));
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count * bytes)), used;
  std::vector<std::string> found(files.names.size()), problems;
  parallel_for(count, 1, [&](std::int64_t i, std::int64_t) {
    found[i] = load_picture(files.folder, files.names[i], size, pixels.data() + i * bytes);
  });

  std::int64_t kept = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    used.push_back(found[i].empty());
    if (!found[i].empty()) {
      problems.push_back(found[i]);
      continue;
    }
    if (kept != i) std::copy_n(pixels.begin() + i * bytes, bytes, pixels.begin() + kept * bytes);
    ++kept;
  }
  const std::string note = note_on_problems(problems, files.names.size());
  if (kept == 0) throw IoError(files.folder, 0, note);
  pixels.resize(static_cast<std::size_t>(kept * bytes));
  reduce_grey(pixels);
  const std::int64_t line = static_cast<std::int64_t>(pixels.size()) / (kept * size);
  return {{{"images", Tensor::from({kept, size, line}, pixels)}, {"used", Tensor::from({count}, used)}},
          {{"note", note}}};
}

// Whether a file of the cache can be what decode() returns. Throws where something is missing.
bool is_decoded(const Safetensors& content, const PictureFiles& files, std::int64_t size) {
  const Tensor &images = content.tensors.at("images"), &used = content.tensors.at("used");
  if (images.dtype() != DType::u8 || images.rank() != 3 || images.dim(1) != size ||
      (images.dim(2) != size && images.dim(2) != colours * size) || used.dtype() != DType::u8 ||
      used.shape() != Shape{static_cast<std::int64_t>(files.names.size())})
    return false;
  const std::vector<std::uint8_t> flags = used.values<std::uint8_t>();
  return std::count(flags.begin(), flags.end(), 1) == images.dim(0) && content.metadata.contains("note");
}

Tensor labels_of(const PictureFiles& files, const Tensor& used) {
  if (files.labels.empty()) return {};
  std::vector<std::int64_t> labels;
  for (std::size_t i = 0; i < files.labels.size(); ++i)
    if (used.data<std::uint8_t>()[i] == 1) labels.push_back(files.labels[i]);
  constexpr std::size_t most_in_bytes = 256;
  return Tensor::from({static_cast<std::int64_t>(labels.size())}, labels)
      .to(files.classes.size() <= most_in_bytes ? DType::u8 : DType::i64);
}

}  // namespace

ImageDataset load_picture_folder(const std::string& folder, Split split, std::int64_t size,
                                 const std::string& cache_folder) {
  check(1 <= size && size <= 4096, "load_picture_folder: size is {}, expected 1 to 4096", size);
  const PictureFiles files = detail::find_pictures(folder, split);
  if (files.names.empty()) throw IoError(files.folder, 0, "no pictures are here; PNG, JPEG and BMP files are valid");
  std::error_code ignored;
  const std::string whole_path = std::filesystem::weakly_canonical(files.folder, ignored).string();
  constexpr int reader = 2;  // goes up by one when read_image or square_picture make other pixels of a file
  const std::string state = fmt::format("reader {}, {}", reader, fingerprint(files));
  const Safetensors content = cached(
      cache_folder, fmt::format("pictures-{}-{}", detail::text_checksum(whole_path), size),
      [&](const Safetensors& found) { return found.metadata.at("state") == state && is_decoded(found, files, size); },
      [&] {
        Safetensors decoded = decode(files, size);
        decoded.metadata["state"] = state;
        return decoded;
      });
  const Tensor& images = content.tensors.at("images");
  ImageDataset dataset{.images = images.alias({images.dim(0), images.dim(2) / size, size, size}),
                       .labels = labels_of(files, content.tensors.at("used")),
                       .class_names = files.classes};
  for (const std::string& note :
       {content.metadata.at("note"), note_on_classes(dataset), note_on_folders(files.left_out)})
    if (!note.empty()) dataset.note += (dataset.note.empty() ? files.folder + ": " : "; ") + note;
  return dataset;
}

}  // namespace wisp
