#include <wisp/data/cifar10.h>

#include <gmock/gmock.h>

#include <tests/temporary_folder.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// A record: its label, and 3,072 bytes that differ from one another and from those of other seeds.
std::string record(int label, int seed) {
  std::string bytes(1, static_cast<char>(label));
  for (int i = 0; i < 3072; ++i) bytes += static_cast<char>((i * 7 + i / 256 + 31 * seed) & 255);
  return bytes;
}

class Cifar10 : public ::testing::Test {
 protected:
  Cifar10() {
    for (int i = 1; i <= 5; ++i) write_bytes(batch(i), record(i, i));
    write_bytes(folder / "test_batch.bin", record(9, 8) + record(0, 9));
  }

  std::string batch(int i) const { return folder / ("data_batch_" + std::to_string(i) + ".bin"); }
  void expect_rejected(std::initializer_list<std::string> words) {
    for (const std::string& word : words)
      EXPECT_THAT([&] { load_cifar10(folder.path(), Split::train); }, ThrowsMessage<IoError>(HasSubstr(word)));
  }

  TemporaryFolder folder;
};

TEST_F(Cifar10, PixelsAndLabels) {
  const ImageDataset dataset = load_cifar10(folder.path(), Split::test);
  EXPECT_EQ(dataset.images.shape(), (Shape{2, 3, 32, 32}));
  EXPECT_THAT(dataset.labels.values<std::uint8_t>(), ElementsAre(9, 0));
  // The file's order, red, green, blue, each line by line, is the logical order.
  std::string pixels;
  for (const std::uint8_t byte : dataset.images.values<std::uint8_t>()) pixels += static_cast<char>(byte);
  EXPECT_TRUE(pixels == record(9, 8).substr(1) + record(0, 9).substr(1));
}

TEST_F(Cifar10, TheFiveBatchesInOrder) {
  const ImageDataset dataset = load_cifar10(folder.path(), Split::train);
  EXPECT_EQ(dataset.images.dim(0), 5);
  EXPECT_THAT(dataset.labels.values<std::uint8_t>(), ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(Cifar10, EveryBatchIsNeeded) {
  std::filesystem::remove(batch(3));
  expect_rejected({"data_batch_3.bin", "No such file"});
  EXPECT_EQ(load_cifar10(folder.path(), Split::test).images.dim(0), 2);
}

TEST_F(Cifar10, Sizes) {
  write_bytes(batch(2), record(1, 1).substr(1));
  expect_rejected({"data_batch_2.bin", "3072 bytes", "records of 3073"});
  write_bytes(batch(2), record(1, 1) + "x");
  expect_rejected({"data_batch_2.bin", "3074 bytes"});
  write_bytes(batch(2), "");
  expect_rejected({"data_batch_2.bin", "0 bytes"});
  std::filesystem::resize_file(batch(2), 3073 * 21839);  // the least multiple above 64 MiB
  expect_rejected({"data_batch_2.bin", "67111247 bytes", "67108864"});
}

TEST_F(Cifar10, Labels) {
  write_bytes(batch(4), record(9, 1) + record(10, 1));
  EXPECT_THAT(
      [&] { load_cifar10(folder.path(), Split::train); },
      ThrowsMessage<IoError>(AllOf(HasSubstr("data_batch_4.bin"), HasSubstr("offset 3073"), HasSubstr("label 10"))));
}

}  // namespace
}  // namespace wisp::testing
