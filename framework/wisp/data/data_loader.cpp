#include <wisp/data/data_loader.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>
#include <wisp/core/rng.h>

namespace wisp {
namespace {

constexpr int max_image_size = 4096;
// Below a millisecond of work, waking other threads costs more than it gains.
constexpr std::int64_t chunk_pixels = 1 << 18;

void check_dataset(const ImageDataset& dataset) {
  check(dataset.images.defined() && dataset.images.numel() > 0, "DataLoader: the data set is empty");
  check(dataset.images.dtype() == DType::u8 && dataset.images.rank() == 4,
        "DataLoader: images are {} {}, expected u8 N x C x H x W", name_of(dataset.images.dtype()),
        dataset.images.shape());
  if (!dataset.labels.defined()) return;
  const bool numbers = dataset.labels.dtype() == DType::u8 || dataset.labels.dtype() == DType::i64;
  check(numbers && dataset.labels.shape() == Shape{dataset.images.dim(0)},
        "DataLoader: labels are {} {}, expected u8 {} or as many i64, one for each image",
        name_of(dataset.labels.dtype()), dataset.labels.shape(), dataset.images.dim(0));
}

// A seed for the epoch, far from the streams that other users of the seed draw from.
std::uint64_t epoch_seed(std::uint64_t seed, std::int64_t epoch) {
  constexpr std::uint32_t purpose = 0x64617461;  // "data"
  const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
  const auto number = static_cast<std::uint64_t>(epoch);
  const auto words = philox4x32({low(number), low(number >> 32), purpose, 0}, {low(seed), low(seed >> 32)});
  return std::uint64_t{words[0]} << 32 | words[1];
}

void scale_to_unit(const auto* in, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<float>(in[i]) / 127.5f - 1.0f;
}

}  // namespace

DataLoader::DataLoader(ImageDataset dataset, const DataLoaderOptions& options)
    : dataset_(std::move(dataset)), options_(options) {
  check_dataset(dataset_);
  if (dataset_.labels.defined()) dataset_.labels = dataset_.labels.to(DType::i64);
  check(options.batch_size >= 1, "DataLoader: batch_size is {}, expected at least 1", options.batch_size);
  check(options.batch_size <= image_count(), "DataLoader: batch_size {} is larger than the data set ({} images)",
        options.batch_size, image_count());
  check(options.image_size >= 0 && options.image_size <= max_image_size,
        "DataLoader: image_size is {}, expected 1 to {}, or 0 for the images as they are", options.image_size,
        max_image_size);
  const std::int64_t size = options.image_size, height = dataset_.images.dim(2), width = dataset_.images.dim(3);
  if (size != 0 && (size != height || size != width)) resize_.emplace(height, width, dataset_.images.dim(1), size);
}

std::int64_t DataLoader::size() const {
  return options_.drop_last ? image_count() / options_.batch_size : divide_up(image_count(), options_.batch_size);
}

Shape DataLoader::image_shape() const {
  const Shape& shape = dataset_.images.shape();
  return resize_ ? Shape{shape[1], options_.image_size, options_.image_size} : Shape{shape[1], shape[2], shape[3]};
}

const std::vector<std::int64_t>& DataLoader::order_of(std::int64_t epoch) {
  check(epoch >= 0, "DataLoader: epoch is {}, expected at least 0", epoch);
  if (order_epoch_ == epoch) return order_;
  if (options_.shuffle) {
    order_ = Rng(epoch_seed(options_.seed, epoch)).permutation(image_count());
  } else if (order_.empty()) {
    order_.resize(static_cast<std::size_t>(image_count()));
    std::iota(order_.begin(), order_.end(), 0);
  }
  order_epoch_ = epoch;
  return order_;
}

Batch DataLoader::batch(std::int64_t epoch, std::int64_t index) {
  check(index >= 0 && index < size(), "DataLoader: batch {} was asked for, an epoch has batches 0 to {}", index,
        size() - 1);
  const std::int64_t first = index * options_.batch_size;
  const std::int64_t count = std::min(options_.batch_size, image_count() - first);
  const std::int64_t* chosen = order_of(epoch).data() + first;

  const Shape shape = image_shape();
  Batch result{.images = Tensor::empty({count, shape[0], shape[1], shape[2]})};
  const std::int64_t pixels_in = dataset_.images.numel() / image_count(), pixels = shape.numel();
  const std::uint8_t* in = dataset_.images.data<std::uint8_t>();  // channels-last, as the batch
  float* out = result.images.mutable_data<float>();
  const std::int64_t scratch_size = resize_ ? resize_->scratch_size() : 0;
  Scratch<float> scratch(count * scratch_size);
  parallel_for(count, std::max<std::int64_t>(chunk_pixels / pixels, 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::uint8_t* from = in + chosen[i] * pixels_in;
      float* to = out + i * pixels;
      if (resize_) {
        (*resize_)(from, to, scratch.data() + i * scratch_size);
        scale_to_unit(to, pixels, to);
      } else {
        scale_to_unit(from, pixels, to);
      }
    }
  });

  if (dataset_.labels.defined()) {
    result.labels = Tensor::empty({count}, DType::i64);
    const auto* labels = dataset_.labels.data<std::int64_t>();
    std::transform(chosen, chosen + count, result.labels.mutable_data<std::int64_t>(),
                   [=](std::int64_t i) { return labels[i]; });
  }
  return result;
}

}  // namespace wisp
