#include <apps/dcgan/report/neighbours.h>

#include <algorithm>
#include <limits>

#include <apps/dcgan/evaluate/judged_images.h>
#include <wisp/data/data_loader.h>
#include <wisp/io/png.h>
#include <wisp/metrics/nearest_neighbors.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t images_at_a_time = 1000;

// Takes from `images` those that are nearer than what was found so far.
void take_nearer(const Tensor& generated_rows, const Tensor& images, TrainingNeighbours& found) {
  const auto neighbors = metrics::nearest_neighbors(generated_rows, pixel_rows(images));
  const std::int64_t pixels = images.numel() / images.dim(0);
  auto* const to = found.nearest.mutable_data<std::uint8_t>();
  const auto* const from = images.data<std::uint8_t>();
  for (std::size_t i = 0; i < neighbors.size(); ++i) {
    if (neighbors[i].distance >= found.distances[i]) continue;
    found.distances[i] = neighbors[i].distance;
    std::copy_n(from + neighbors[i].row * pixels, pixels, to + static_cast<std::int64_t>(i) * pixels);
  }
}

}  // namespace

TrainingNeighbours find_neighbours(const Tensor& generated, const ImageDataset& training, std::int64_t count) {
  check(training.images.dim(1) == generated.dim(1), "the images have {} channel(s), those of the run {}",
        training.images.dim(1), generated.dim(1));
  const std::int64_t total = training.images.dim(0);
  DataLoader loader(training, {.batch_size = std::min(total, images_at_a_time),
                               .shuffle = true,
                               .image_size = static_cast<int>(generated.dim(2))});
  const Tensor generated_rows = pixel_rows(generated);
  TrainingNeighbours found{.nearest = Tensor::empty(generated.shape(), DType::u8),
                           .distances = std::vector<float>(static_cast<std::size_t>(generated.dim(0)),
                                                           std::numeric_limits<float>::infinity())};
  Tensor real_rows;
  for (const Batch& batch : loader.epoch(0)) {
    Tensor images = to_u8(batch.images);
    take_nearer(generated_rows, images, found);
    if (!found.real.defined()) {  // the first are chosen, and compared with each other and all that follow
      const std::int64_t chosen = std::min(count, images.dim(0));
      found.real = images.narrow(0, 0, chosen);
      real_rows = pixel_rows(found.real);
      if (chosen > 1) found.usual = metrics::kth_nearest_distances(real_rows, 1);
      if (chosen == images.dim(0)) continue;
      images = images.narrow(0, chosen, images.dim(0) - chosen);
    }
    if (found.usual.empty()) found.usual.assign(1, std::numeric_limits<float>::infinity());
    const std::vector<float> others = metrics::nearest_distances(real_rows, pixel_rows(images));
    for (std::size_t i = 0; i < others.size(); ++i) found.usual[i] = std::min(found.usual[i], others[i]);
  }
  return found;
}

}  // namespace wisp::apps
