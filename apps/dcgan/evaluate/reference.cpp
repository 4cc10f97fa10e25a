#include <apps/dcgan/evaluate/reference.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include <wisp/core/rng.h>
#include <wisp/data/data_loader.h>
#include <wisp/io/png.h>
#include <wisp/io/safetensors.h>
#include <wisp/metrics/nearest_neighbors.h>
#include <wisp/ops/slice.h>

namespace wisp::apps {
namespace {

namespace fs = std::filesystem;

// Files are often sorted, by who wrote the digits or by what they are.
Tensor shuffled(const Tensor& images) { return select_rows(images, Rng(0).permutation(images.dim(0))); }

// u8 (N, 1, 28, 28).
Tensor at_judges_size(const ImageDataset& dataset) {
  constexpr std::int64_t size = models::Judge::image_size;
  const Tensor& images = dataset.images;
  if (images.dim(2) == size && images.dim(3) == size) return images;
  constexpr std::int64_t images_at_a_time = 1000;
  DataLoader loader(dataset,
                    {.batch_size = std::min(images.dim(0), images_at_a_time), .image_size = static_cast<int>(size)});
  Tensors parts;
  for (const Batch& batch : loader.epoch(0)) parts.push_back(to_u8(batch.images));
  return cat(parts);
}

struct Images {
  Tensor real;
  Tensor training;
};

Images load_images(const std::string& folder, const ImageDataset& train, ReferenceSplit split) {
  const Tensor all = at_judges_size(train);
  if (split == ReferenceSplit::test)
    return {shuffled(at_judges_size(load_idx_folder(folder, Split::test))), shuffled(all)};
  const std::int64_t held = all.dim(0) / 6, rest = all.dim(0) - held;
  return {shuffled(all.narrow(0, rest, held)), shuffled(all.narrow(0, 0, rest))};
}

// Where the cache of these images and this judge lies; "" where there is no place for one.
std::string cache_path(const LoadedJudge& judge, const Images& images) {
  const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  const bool given = cache != nullptr && *cache != '\0';
  if (!given && (home == nullptr || *home == '\0')) return "";
  const fs::path folder = (given ? fs::path(cache) : fs::path(home) / ".cache") / "wisp";
  std::error_code problem;
  fs::create_directories(folder, problem);
  return folder / fmt::format("judged-{}-{}-{}.safetensors", judge.checksum, checksum({images.real, {}}),
                              checksum({images.training, {}}));
}

// The cached reference; nothing where there is none that fits.
std::optional<Reference> read_cache(const std::string& path, const LoadedJudge& judge, const Images& images) {
  try {
    const std::map<std::string, Tensor> tensors = read_safetensors(path).tensors;
    const auto get = [&](const std::string& name, const Shape& shape) {
      const Tensor& tensor = tensors.at(name);
      check(tensor.shape() == shape && tensor.dtype() == DType::f32, "another shape");
      return tensor;
    };
    const auto judged = [&](const std::string& name, const Tensor& pixels) -> JudgedImages {
      return {pixels, get(name + "_features", {pixels.dim(0), models::Judge::feature_count}),
              get(name + "_probabilities", {pixels.dim(0), judge.classes})};
    };
    Reference reference{judged("real", images.real), judged("training", images.training), {}};
    if (tensors.contains("nearest")) reference.nearest = get("nearest", {images.real.dim(0)}).values<float>();
    return reference;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

void write_cache(const std::string& path, const Reference& reference) {
  std::map<std::string, Tensor> tensors = {{"real_features", reference.real.features},
                                           {"real_probabilities", reference.real.probabilities},
                                           {"training_features", reference.training.features},
                                           {"training_probabilities", reference.training.probabilities}};
  if (!reference.nearest.empty()) tensors.emplace("nearest", Tensor::from({reference.real.count()}, reference.nearest));
  try {
    write_safetensors(path, {tensors, {}});
  } catch (const IoError&) {  // the next time costs the same again
  }
}

}  // namespace

ReferenceSplit reference_split_of(const std::string& name) {
  if (name == "test") return ReferenceSplit::test;
  check(name == "validation", "--split must be test or validation, given {}", name);
  return ReferenceSplit::validation;
}

void check_same_images(const LoadedJudge& judge, const std::string& folder, const std::string& data_checksum) {
  check(data_checksum == judge.data_checksum,
        "the judge was trained on other images than those in {} (checksums {} and {}): train one for them with `mnist "
        "train --data {}` and name it with --judge",
        folder, judge.data_checksum, data_checksum, folder);
}

Reference load_reference(LoadedJudge& judge, const std::string& folder, ReferenceSplit split, bool with_nearest) {
  const ImageDataset train = load_idx_folder(folder, Split::train);
  check_same_images(judge, folder, checksum(train));
  const Images images = load_images(folder, train, split);
  check(images.real.dim(0) >= 2 && images.training.dim(0) >= 10,
        "{}: at least 10 training images and 2 to compare with are needed, there are {} and {}", folder,
        images.training.dim(0), images.real.dim(0));
  const std::string path = cache_path(judge, images);
  std::optional<Reference> reference = path.empty() ? std::nullopt : read_cache(path, judge, images);
  const bool cached = reference.has_value();
  if (!cached)
    reference = Reference{judge_images(judge, images.real, folder), judge_images(judge, images.training, folder), {}};
  const bool lacks_nearest = with_nearest && reference->nearest.empty();
  if (lacks_nearest)
    reference->nearest = metrics::nearest_distances(pixel_rows(images.real), pixel_rows(images.training));
  if (!path.empty() && (!cached || lacks_nearest)) write_cache(path, *reference);
  return *reference;
}

}  // namespace wisp::apps
