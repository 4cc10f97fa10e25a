#include <wisp/data/data_loader.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <gmock/gmock.h>

#include <wisp/core/parallel.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// Image i has two channels of 2x3 pixels; its first pixel and its label are i.
ImageDataset numbered_images(std::int64_t count) {
  std::vector<std::uint8_t> pixels, labels;
  for (std::int64_t i = 0; i < count; ++i) {
    for (int k = 0; k < 12; ++k) pixels.push_back(static_cast<std::uint8_t>(k == 0 ? i : 100 + 10 * k));
    labels.push_back(static_cast<std::uint8_t>(i));
  }
  return {.images = Tensor::from({count, 2, 2, 3}, pixels), .labels = Tensor::from({count}, labels)};
}

std::vector<std::int64_t> labels_of_epoch(DataLoader& loader, std::int64_t epoch) {
  std::vector<std::int64_t> all;
  for (const Batch& batch : loader.epoch(epoch))
    for (const std::int64_t label : batch.labels.values<std::int64_t>()) all.push_back(label);
  return all;
}

std::vector<std::int64_t> counting(std::int64_t count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

TEST(DataLoader, ScalesBytesToTheUnitRange) {
  const ImageDataset dataset{.images = Tensor::from<std::uint8_t>({1, 1, 2, 2}, {0, 255, 51, 128})};
  DataLoader loader(dataset, {});
  const Batch batch = loader.batch(0, 0);
  EXPECT_EQ(batch.images.dtype(), DType::f32);
  const std::vector<float> values = batch.images.values<float>();
  EXPECT_EQ(values[0], -1.0f);
  EXPECT_EQ(values[1], 1.0f);
  EXPECT_NEAR(values[2], -0.6, 1e-7);
  EXPECT_NEAR(values[3], 1.0 / 255, 1e-7);
  EXPECT_FALSE(batch.labels.defined());
}

TEST(DataLoader, KeepsLogicalOrderAndLabels) {
  DataLoader loader(numbered_images(5), {.batch_size = 2});
  EXPECT_EQ(loader.image_shape(), (Shape{2, 2, 3}));
  const Batch batch = loader.batch(0, 1);
  ASSERT_EQ(batch.images.shape(), (Shape{2, 2, 2, 3}));
  EXPECT_THAT(batch.labels.values<std::int64_t>(), ElementsAre(2, 3));
  const std::vector<float> values = batch.images.values<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t k = i % 12;
    EXPECT_NEAR((values[i] + 1) * 127.5,
                k == 0 ? 2.0 + static_cast<double>(i / 12) : 100.0 + 10.0 * static_cast<double>(k), 1e-4);
  }
}

TEST(DataLoader, WithoutShuffleTheOrderIsTheDataSets) {
  DataLoader loader(numbered_images(7), {.batch_size = 3});
  EXPECT_EQ(labels_of_epoch(loader, 0), counting(7));
  EXPECT_EQ(labels_of_epoch(loader, 5), counting(7));
}

TEST(DataLoader, AShuffledEpochHasEveryImageOnce) {
  DataLoader loader(numbered_images(200), {.batch_size = 16, .shuffle = true, .seed = 1});
  for (const std::int64_t epoch : {0, 1, 1'000'000'000}) {
    std::vector<std::int64_t> labels = labels_of_epoch(loader, epoch);
    EXPECT_NE(labels, counting(200));
    std::sort(labels.begin(), labels.end());
    EXPECT_EQ(labels, counting(200));
  }
}

TEST(DataLoader, ImagesAndLabelsAreShuffledAlike) {
  DataLoader loader(numbered_images(50), {.batch_size = 50, .shuffle = true});
  const Batch batch = loader.batch(0, 0);
  const std::vector<float> values = batch.images.values<float>();
  const std::vector<std::int64_t> labels = batch.labels.values<std::int64_t>();
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(std::lround((values[12 * i] + 1) * 127.5f), labels[i]);
}

TEST(DataLoader, TheOrderIsAFunctionOfSeedAndEpoch) {
  const DataLoaderOptions options{.batch_size = 32, .shuffle = true, .seed = 3};
  DataLoader loader(numbered_images(100), options), same(numbered_images(100), options);
  const auto third = labels_of_epoch(loader, 3);
  EXPECT_NE(labels_of_epoch(loader, 4), third);
  EXPECT_NE(labels_of_epoch(loader, 0), third);
  EXPECT_EQ(labels_of_epoch(loader, 3), third);  // also after others
  EXPECT_EQ(labels_of_epoch(same, 3), third);
  DataLoader other(numbered_images(100), {.batch_size = 32, .shuffle = true, .seed = 4});
  EXPECT_NE(labels_of_epoch(other, 3), third);
  EXPECT_NE(labels_of_epoch(other, 2), third);  // seed and epoch are not just added
  DataLoader smaller(numbered_images(100), {.batch_size = 7, .shuffle = true, .seed = 3});
  EXPECT_EQ(labels_of_epoch(smaller, 3), third);
}

TEST(DataLoader, AnyBatchCanBeAskedForAlone) {
  const DataLoaderOptions options{.batch_size = 8, .shuffle = true, .seed = 3};
  DataLoader loader(numbered_images(50), options), fresh(numbered_images(50), options);
  std::int64_t index = 0;
  for (const Batch& batch : loader.epoch(2)) {
    const Batch alone = fresh.batch(2, index++);
    EXPECT_EQ(alone.labels.values<std::int64_t>(), batch.labels.values<std::int64_t>());
    EXPECT_EQ(alone.images.values<float>(), batch.images.values<float>());
    fresh.batch(1, 0);
  }
  EXPECT_EQ(index, loader.size());
}

TEST(DataLoader, TheLastBatchIsKeptOrDropped) {
  DataLoader kept(numbered_images(10), {.batch_size = 4}),
      dropped(numbered_images(10), {.batch_size = 4, .drop_last = true});
  EXPECT_EQ(kept.size(), 3);
  EXPECT_EQ(kept.batch(0, 2).images.dim(0), 2);
  EXPECT_EQ(kept.batch(0, 2).labels.numel(), 2);
  EXPECT_EQ(dropped.size(), 2);
  EXPECT_EQ(labels_of_epoch(dropped, 0), counting(8));
  EXPECT_EQ(DataLoader(numbered_images(8), {.batch_size = 4}).size(), 2);
  EXPECT_EQ(DataLoader(numbered_images(8), {.batch_size = 8, .drop_last = true}).size(), 1);
}

TEST(DataLoader, ResizesToASquare) {
  const ImageDataset dataset{.images = Tensor::from<std::uint8_t>({2, 1, 2, 2}, {0, 0, 0, 0, 40, 80, 120, 160})};
  DataLoader loader(dataset, {.batch_size = 2, .image_size = 4});
  EXPECT_EQ(loader.image_shape(), (Shape{1, 4, 4}));
  const std::vector<float> values = loader.batch(0, 0).images.values<float>();
  ASSERT_EQ(values.size(), 32u);
  const double expected[] = {40, 50, 70, 80, 60, 70, 90, 100, 100, 110, 130, 140, 120, 130, 150, 160};
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(values[i], -1.0f);
    EXPECT_NEAR(values[16 + i], expected[i] / 127.5 - 1, 1e-6);
  }
}

TEST(DataLoader, ResizingColoursStaysInRange) {
  const ImageDataset dataset{.images = Tensor::full({3, 3, 5, 9}, 255, DType::u8)};
  for (const int size : {1, 4, 7, 33}) {
    DataLoader loader(dataset, {.batch_size = 3, .image_size = size});
    const Batch batch = loader.batch(0, 0);
    EXPECT_EQ(batch.images.shape(), (Shape{3, 3, size, size}));
    for (const float value : batch.images.values<float>()) {
      EXPECT_LE(value, 1.0f);
      EXPECT_GT(value, 0.999f);
    }
  }
}

TEST(DataLoader, SameBitsForAnyNumberOfThreads) {
  std::vector<std::uint8_t> pixels(64 * 3 * 28 * 20);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * i / 11);
  DataLoader loader({.images = Tensor::from({64, 3, 28, 20}, pixels)},
                    {.batch_size = 64, .shuffle = true, .image_size = 80});
  const int threads = num_threads();
  set_num_threads(1);
  const std::vector<float> one = loader.batch(0, 0).images.values<float>();
  set_num_threads(4);
  const std::vector<float> four = loader.batch(0, 0).images.values<float>();
  set_num_threads(threads);
  EXPECT_EQ(one, four);
}

TEST(DataLoader, Mistakes) {
  const ImageDataset dataset = numbered_images(10);
  EXPECT_THAT([&] { DataLoader(dataset, {.batch_size = 0}); },
              ThrowsMessage<Error>(AllOf(HasSubstr("DataLoader"), HasSubstr("batch_size is 0"))));
  EXPECT_THAT([&] { DataLoader(dataset, {.batch_size = -3}); }, ThrowsMessage<Error>(HasSubstr("batch_size is -3")));
  EXPECT_THAT([&] { DataLoader(dataset, {.batch_size = 11}); },
              ThrowsMessage<Error>(HasSubstr("batch_size 11 is larger than the data set (10 images)")));
  EXPECT_THAT([&] { DataLoader(dataset, {.batch_size = std::numeric_limits<std::int64_t>::max()}); },
              ThrowsMessage<Error>(HasSubstr("larger than the data set")));
  EXPECT_THAT([&] { DataLoader(dataset, {.image_size = -1}); }, ThrowsMessage<Error>(HasSubstr("image_size is -1")));
  EXPECT_THAT([&] { DataLoader(dataset, {.image_size = 5000}); },
              ThrowsMessage<Error>(HasSubstr("image_size is 5000")));
  EXPECT_THAT([] { DataLoader({}, {}); }, ThrowsMessage<Error>(HasSubstr("empty")));
  EXPECT_THAT(
      [] {
        DataLoader({.images = Tensor::empty({0, 1, 2, 2}, DType::u8)}, {});
      },
      ThrowsMessage<Error>(HasSubstr("empty")));
  EXPECT_THAT(
      [] {
        DataLoader({.images = Tensor::zeros({2, 1, 2, 2})}, {});
      },
      ThrowsMessage<Error>(HasSubstr("images are f32 2x1x2x2")));
  EXPECT_THAT([&] { DataLoader({.images = dataset.images, .labels = Tensor::zeros({9}, DType::u8)}, {}); },
              ThrowsMessage<Error>(HasSubstr("labels are u8 9, expected u8 10")));
  DataLoader loader(dataset, {.batch_size = 4});
  EXPECT_THAT([&] { loader.batch(0, 3); }, ThrowsMessage<Error>(HasSubstr("batch 3 was asked for")));
  EXPECT_THAT([&] { loader.batch(0, -1); }, ThrowsMessage<Error>(HasSubstr("batch -1")));
  EXPECT_THAT([&] { loader.batch(-1, 0); }, ThrowsMessage<Error>(HasSubstr("epoch is -1")));
  EXPECT_THAT([&] { loader.epoch(-2); }, ThrowsMessage<Error>(HasSubstr("epoch is -2")));
}

}  // namespace
}  // namespace wisp::testing
