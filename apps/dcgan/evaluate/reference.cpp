#include <apps/dcgan/evaluate/reference.h>

#include <algorithm>
#include <functional>
#include <map>

#include <apps/common/cache_folder.h>
#include <apps/common/images.h>
#include <wisp/core/rng.h>
#include <wisp/core/text.h>
#include <wisp/data/data_loader.h>
#include <wisp/io/cache.h>
#include <wisp/io/checksum.h>
#include <wisp/io/png.h>
#include <wisp/metrics/nearest_neighbors.h>
#include <wisp/ops/slice.h>

namespace wisp::apps {
namespace {

// Files are often sorted, by who wrote the digits or by what they are.
Tensor shuffled(const Tensor& images) { return select_images(images, Rng(0).permutation(images.dim(0))); }

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

// The tensors of that name with these shapes, f32, from the cache; else what `compute` returns, which is then cached.
StateDict cached_tensors(const std::string& name, const std::map<std::string, Shape>& shapes, CacheMiss miss,
                         const std::function<StateDict()>& compute) {
  const auto fits = [&](const Safetensors& found) {
    return std::all_of(shapes.begin(), shapes.end(), [&](const auto& entry) {
      const Tensor& tensor = found.tensors.at(entry.first);
      return tensor.shape() == entry.second && tensor.dtype() == DType::f32;
    });
  };
  const auto compute_now = [&] {
    check(miss == CacheMiss::compute, "what the judge makes of the real images is not in the cache");
    return Safetensors{compute(), {}};
  };
  return cached(cache_folder(), name, fits, compute_now).tensors;
}

JudgedImages judged(LoadedJudge& judge, const Tensor& images, const std::string& folder, CacheMiss miss) {
  const std::int64_t count = images.dim(0);
  const StateDict tensors = cached_tensors(
      fmt::format("judged-{}-{}", judge.checksum, checksum(Tensors{images})),
      {{"features", {count, models::Judge::feature_count}}, {"probabilities", {count, judge.classes}}}, miss, [&] {
        const JudgedImages result = judge_images(judge, images, folder);
        return StateDict{{"features", result.features}, {"probabilities", result.probabilities}};
      });
  return {images, tensors.at("features"), tensors.at("probabilities")};
}

std::vector<float> nearest(const Tensor& real, const Tensor& training, CacheMiss miss) {
  const auto compute = [&] {
    const auto distances = metrics::nearest_distances(pixel_rows(real), pixel_rows(training));
    return StateDict{{"distances", Tensor::from({real.dim(0)}, distances)}};
  };
  return cached_tensors(fmt::format("nearest-{}-{}", checksum(Tensors{real}), checksum(Tensors{training})),
                        {{"distances", {real.dim(0)}}}, miss, compute)
      .at("distances")
      .values<float>();
}

JudgedImages test_images(LoadedJudge& judge, const ImageDataset& test, const std::string& folder, CacheMiss miss) {
  const Tensor images = shuffled(at_judges_size(test));
  check(images.dim(0) >= 2, "{}: at least 2 test images are needed, there is 1", folder);
  return judged(judge, images, folder, miss);
}

}  // namespace

ReferenceSplit reference_split_of(const std::string& name) {
  if (name == "test") return ReferenceSplit::test;
  check(name == "validation", "--split must be test or validation, given {}", name);
  return ReferenceSplit::validation;
}

bool knows(const LoadedJudge& judge, const std::string& data_checksum) {
  return is_same_data(data_checksum, judge.data_checksum) || is_same_data(judge.data_checksum, data_checksum);
}

void check_same_images(const LoadedJudge& judge, const std::string& folder, const std::string& data_checksum,
                       bool transpose) {
  check(knows(judge, data_checksum),
        "the judge was trained on other images or labels than those in {} (checksums {} and {}): train one for them "
        "with `mnist train --data {}{}` and name it with --judge",
        folder, printable(judge.data_checksum), data_checksum, folder, transpose ? " --transpose" : "");
}

JudgedImages load_test_images(LoadedJudge& judge, const std::string& folder, bool transpose) {
  const ImageDataset test = load_images(folder, Split::test, models::Judge::image_size, transpose);
  return test_images(judge, test, folder, CacheMiss::compute);
}

Reference load_reference(LoadedJudge& judge, const std::string& folder, ReferenceSplit split, CacheMiss miss,
                         bool transpose) {
  const ImageDataset train = load_images(folder, Split::train, models::Judge::image_size, transpose);
  check_same_images(judge, folder, checksum(train), transpose);
  Tensor images = at_judges_size(train);
  constexpr std::int64_t least = 12;  // 10 training images, five sets of two, and 2 to compare with
  check(images.dim(0) >= least, "{}: at least {} training images are needed, there are {}", folder, least,
        images.dim(0));
  Reference reference;
  if (!train.note.empty()) reference.notes.push_back(train.note);
  if (split == ReferenceSplit::test) {
    const ImageDataset test = load_images(folder, Split::test, models::Judge::image_size, transpose);
    if (!test.note.empty() && test.note != train.note) reference.notes.push_back(test.note);
    reference.real = test_images(judge, test, folder, miss);
  } else {
    const std::int64_t held = images.dim(0) / 6, rest = images.dim(0) - held;
    reference.real = judged(judge, shuffled(images.narrow(0, rest, held)), folder, miss);
    images = images.narrow(0, 0, rest);
  }
  reference.training = judged(judge, shuffled(images), folder, miss);
  const std::int64_t count = std::min(reference.real.count(), Reference::nearest_count);
  reference.nearest = nearest(reference.real.images.narrow(0, 0, count), reference.training.images, miss);
  return reference;
}

}  // namespace wisp::apps
