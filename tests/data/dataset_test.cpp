#include <wisp/data/dataset.h>

#include <gmock/gmock.h>

#include <tests/temporary_folder.h>
#include <wisp/data/idx.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class IdxFolder : public ::testing::Test {
 protected:
  // Images of 2x3 pixels, all of the given shade.
  void add_images(const std::string& name, std::int64_t count, double shade = 1) const {
    write_idx(folder / name, Tensor::full({count, 2, 3}, shade, DType::u8));
  }
  void add_labels(const std::string& name, std::int64_t count) const {
    write_idx(folder / name, Tensor::full({count}, 4, DType::u8));
  }
  int shade(Split split) const { return load_idx_folder(folder.path(), split).images.data<std::uint8_t>()[0]; }

  TemporaryFolder folder;
};

TEST_F(IdxFolder, LoadsImagesAndLabels) {
  write_idx(folder / "train-images-idx3-ubyte", Tensor::from<std::uint8_t>({2, 1, 3}, {1, 2, 3, 4, 5, 6}));
  write_idx(folder / "train-labels-idx1-ubyte.gz", Tensor::from<std::uint8_t>({2}, {9, 7}));
  const ImageDataset dataset = load_idx_folder(folder.path(), Split::train);
  EXPECT_EQ(dataset.images.shape(), (Shape{2, 1, 1, 3}));
  EXPECT_THAT(dataset.images.values<std::uint8_t>(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(dataset.labels.values<std::uint8_t>(), ElementsAre(9, 7));
}

TEST_F(IdxFolder, TransposedImages) {
  write_idx(folder / "train-images-idx3-ubyte",
            Tensor::from<std::uint8_t>({2, 2, 3}, {1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16}));
  const ImageDataset dataset = load_idx_folder(folder.path(), Split::train, true);
  EXPECT_EQ(dataset.images.shape(), (Shape{2, 1, 3, 2}));
  EXPECT_THAT(dataset.images.values<std::uint8_t>(), ElementsAre(1, 4, 2, 5, 3, 6, 11, 14, 12, 15, 13, 16));
  EXPECT_NE(checksum(dataset), checksum(load_idx_folder(folder.path(), Split::train)));
}

TEST_F(IdxFolder, LabelsAreOptional) {
  add_images("t10k-images-idx3-ubyte", 2);
  add_labels("train-labels-idx1-ubyte", 5);
  EXPECT_FALSE(load_idx_folder(folder.path(), Split::test).labels.defined());
}

TEST_F(IdxFolder, NamesInUse) {
  for (const char* name : {"train-images-idx3-ubyte", "train-images.idx3-ubyte", "train-images-idx3-ubyte.gz",
                           "emnist-digits-train-images-idx3-ubyte.gz", "train-images.idx3-ubyte.gz"}) {
    add_images(name, 2);
    EXPECT_EQ(load_idx_folder(folder.path(), Split::train).images.dim(0), 2) << name;
    EXPECT_THROW(load_idx_folder(folder.path(), Split::test), IoError) << name;
    std::filesystem::remove(folder / name);
  }
  for (const char* name : {"t10k-images-idx3-ubyte.gz", "t10k-images.idx3-ubyte",
                           "emnist-digits-test-images-idx3-ubyte.gz", "test-images.idx3-ubyte"}) {
    add_images(name, 2);
    EXPECT_EQ(load_idx_folder(folder.path(), Split::test).images.dim(0), 2) << name;
    EXPECT_THROW(load_idx_folder(folder.path(), Split::train), IoError) << name;
    std::filesystem::remove(folder / name);
  }
}

TEST_F(IdxFolder, ThePlainFileComesBeforeItsGzip) {
  add_images("train-images-idx3-ubyte", 2, 10);
  add_images("train-images-idx3-ubyte.gz", 2, 20);
  EXPECT_EQ(shade(Split::train), 10);
}

TEST_F(IdxFolder, OnlyVisibleRegularFilesCount) {
  add_images("x-train-images-idx3-ubyte", 2, 10);
  write_bytes(folder / "._x-train-images-idx3-ubyte", "macOS writes these");
  std::filesystem::create_directory(folder / "train-images-idx3-ubyte");
  EXPECT_EQ(shade(Split::train), 10);
}

TEST_F(IdxFolder, SeveralFiles) {
  add_images("a-train-images-idx3-ubyte", 2);
  add_images("b-train-images-idx3-ubyte.gz", 2);
  EXPECT_THAT([&] { load_idx_folder(folder.path(), Split::train); },
              ThrowsMessage<IoError>(AllOf(HasSubstr(folder.path()), HasSubstr("several"),
                                           HasSubstr("a-train-images-idx3-ubyte, b-train-images-idx3-ubyte.gz"))));
}

TEST_F(IdxFolder, NoFolderOrNoImages) {
  EXPECT_THAT([&] { load_idx_folder(folder / "missing", Split::train); },
              ThrowsMessage<IoError>(AllOf(HasSubstr(folder / "missing"), HasSubstr("No such file or directory"))));
  write_bytes(folder / "file", "x");
  EXPECT_THAT([&] { load_idx_folder(folder / "file", Split::train); },
              ThrowsMessage<IoError>(HasSubstr("Not a directory")));
  add_labels("train-labels-idx1-ubyte", 2);
  EXPECT_THAT([&] { load_idx_folder(folder.path(), Split::train); },
              ThrowsMessage<IoError>(AllOf(HasSubstr(folder.path()), HasSubstr("train-images-idx3-ubyte"),
                                           HasSubstr("train-images.idx3-ubyte"), HasSubstr(".gz"))));
  EXPECT_THAT([&] { load_idx_folder(folder.path(), Split::test); },
              ThrowsMessage<IoError>(AllOf(HasSubstr("t10k-images-idx3-ubyte"), HasSubstr("test-images-idx3-ubyte"))));
}

TEST_F(IdxFolder, FilesThatAreNotWhatTheirNamesSay) {
  add_labels("train-images-idx3-ubyte", 2);
  EXPECT_THAT([&] { load_idx_folder(folder.path(), Split::train); },
              ThrowsMessage<IoError>(AllOf(HasSubstr("train-images-idx3-ubyte"), HasSubstr("1 dimension"),
                                           HasSubstr("expected 3"), HasSubstr("labels"))));
  add_images("train-images-idx3-ubyte", 2);
  add_images("train-labels-idx1-ubyte", 2);
  EXPECT_THAT([&] { load_idx_folder(folder.path(), Split::train); },
              ThrowsMessage<IoError>(AllOf(HasSubstr("train-labels-idx1-ubyte"), HasSubstr("expected 1"))));
}

TEST_F(IdxFolder, NothingInTheImages) {
  for (const Shape& shape : {Shape{0, 28, 28}, Shape{3, 0, 28}, Shape{3, 28, 0}}) {
    write_idx(folder / "train-images-idx3-ubyte", Tensor::empty(shape, DType::u8));
    EXPECT_THAT([&] { load_idx_folder(folder.path(), Split::train); },
                ThrowsMessage<IoError>(AllOf(HasSubstr(shape.to_string()), HasSubstr("no pixels"))));
  }
}

TEST_F(IdxFolder, LabelsOfAnotherNumber) {
  add_images("train-images-idx3-ubyte", 3);
  add_labels("train-labels-idx1-ubyte", 2);
  EXPECT_THAT([&] { load_idx_folder(folder.path(), Split::train); },
              ThrowsMessage<IoError>(AllOf(HasSubstr("train-labels-idx1-ubyte"), HasSubstr("2 labels for 3 images"))));
}

TEST(Checksum, IsTheCrc32OfThePixels) {
  const std::string digits = "123456789";  // whose CRC-32 every implementation gives as its example
  ImageDataset dataset{.images = Tensor::from({1, 1, 3, 3}, std::vector<std::uint8_t>(digits.begin(), digits.end()))};
  EXPECT_EQ(checksum(dataset), "cbf43926");
  dataset.images.mutable_data<std::uint8_t>()[8] = 0;
  EXPECT_NE(checksum(dataset), "cbf43926");
}

TEST(Mnist, IsLoaded) {
  const ImageDataset train = load_idx_folder(WISP_SOURCE_DIR "/data/mnist", Split::train);
  EXPECT_EQ(train.images.shape(), (Shape{60000, 1, 28, 28}));
  EXPECT_EQ(train.labels.shape(), Shape{60000});
  EXPECT_EQ(train.labels.data<std::uint8_t>()[0], 5);
  const ImageDataset test = load_idx_folder(WISP_SOURCE_DIR "/data/mnist", Split::test);
  EXPECT_EQ(test.images.shape(), (Shape{10000, 1, 28, 28}));
  EXPECT_EQ(test.labels.data<std::uint8_t>()[0], 7);
}

}  // namespace
}  // namespace wisp::testing
