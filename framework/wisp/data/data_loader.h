// DataLoader: shuffled batches of images, after torch.utils.data.DataLoader.
#pragma once

#include <cstdint>
#include <optional>
#include <ranges>
#include <vector>

#include <wisp/core/tensor.h>
#include <wisp/data/dataset.h>
#include <wisp/data/resize.h>

namespace wisp {

struct DataLoaderOptions {
  std::int64_t batch_size = 1;
  bool shuffle = false;
  bool drop_last = false;  ///< leave out the last batch of an epoch when it is smaller
  int image_size = 0;      ///< resize every image to this many pixels square; 0: as they are
  std::uint64_t seed = 0;
};

struct Batch {
  Tensor images = {};  ///< f32 (N, C, H, W) in [-1, 1]: byte / 127.5 - 1
  Tensor labels = {};  ///< i64 (N), or undefined
};

/// The order of an epoch is a function of the seed and the epoch's number alone, so training can resume at any batch.
/// Not thread-safe.
class DataLoader {
 public:
  /// Throws Error when the data set is empty or not as ImageDataset says, batch_size is below 1 or larger than the data
  /// set, or image_size is outside [0, 4096].
  DataLoader(ImageDataset dataset, const DataLoaderOptions& options);

  /// Number of batches in an epoch.
  std::int64_t size() const;
  /// Number of images in the data set.
  std::int64_t image_count() const { return dataset_.images.dim(0); }
  /// Channels, height and width of the images in a batch.
  Shape image_shape() const;
  const DataLoaderOptions& options() const { return options_; }

  /// Batch `index`, in [0, size()), of epoch `epoch`, 0 or later. Throws Error outside these.
  Batch batch(std::int64_t epoch, std::int64_t index);

  /// The batches of an epoch: for (const Batch& b : loader.epoch(3)). The loader must outlive it. Throws Error when the
  /// number is negative.
  auto epoch(std::int64_t number) {
    check(number >= 0, "DataLoader: epoch is {}, expected at least 0", number);
    return std::views::iota(std::int64_t{0}, size()) |
           std::views::transform([this, number](std::int64_t index) { return batch(number, index); });
  }

 private:
  const std::vector<std::int64_t>& order_of(std::int64_t epoch);

  ImageDataset dataset_;
  DataLoaderOptions options_;
  std::optional<detail::BilinearResize> resize_;
  std::int64_t order_epoch_ = -1;
  std::vector<std::int64_t> order_;
};

}  // namespace wisp
