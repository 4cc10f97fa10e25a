// BatchStream: the same batches as the loader's, in order, over the ends of epochs.
#include <gtest/gtest.h>

#include <wisp/core/parallel.h>
#include <wisp/data/batch_stream.h>

namespace wisp::testing {
namespace {

ImageDataset dataset() {
  const Shape shape{7, 1, 2, 3};
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(shape.numel()));
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(5 * i);
  return {.images = Tensor::from(shape, pixels)};
}

TEST(BatchStream, GivesTheLoadersBatchesEpochAfterEpoch) {
  const DataLoaderOptions options{.batch_size = 3, .shuffle = true, .seed = 4};
  DataLoader loader(dataset(), options), same(dataset(), options);
  const int threads = num_threads();
  BatchStream stream(loader, 2);
  for (const std::int64_t epoch : {2, 3, 4})
    for (std::int64_t i = 0; i < same.size(); ++i)
      EXPECT_EQ(stream.next().images.values<float>(), same.batch(epoch, i).images.values<float>());
  EXPECT_EQ(num_threads(), threads) << "this thread's number stays";
}

TEST(BatchStream, StartsInTheMiddleOfAnEpoch) {
  const DataLoaderOptions options{.batch_size = 2, .shuffle = true, .seed = 4};
  DataLoader loader(dataset(), options), same(dataset(), options);
  BatchStream stream(loader, 5, 2);
  for (const auto& [epoch, index] : {std::pair{5, 2}, std::pair{5, 3}, std::pair{6, 0}})
    EXPECT_EQ(stream.next().images.values<float>(), same.batch(epoch, index).images.values<float>());
}

TEST(BatchStream, StartsAtABatchThatIsThere) {
  DataLoader loader(dataset(), {});
  EXPECT_THROW(BatchStream(loader, -1), Error);
  EXPECT_THROW(BatchStream(loader, 0, -1), Error);
  EXPECT_THROW(BatchStream(loader, 0, loader.size()), Error);
}

}  // namespace
}  // namespace wisp::testing
