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

class IdxClasses : public IdxFolder {
 protected:
  void add(const std::string& name, const std::vector<std::uint8_t>& labels) const {
    const auto count = static_cast<std::int64_t>(labels.size());
    add_images(name + "-images-idx3-ubyte", count);
    write_idx(folder / (name + "-labels-idx1-ubyte"), Tensor::from({count}, labels));
  }
  ImageDataset load(Split split = Split::train) const { return load_idx_classes(folder.path(), split); }
  static std::vector<std::uint8_t> labels(const ImageDataset& dataset) { return dataset.labels.values<std::uint8_t>(); }
};

TEST_F(IdxClasses, NumbersWithoutGapsStay) {
  add("train", {2, 0, 1});
  add("t10k", {1, 1});
  EXPECT_THAT(labels(load()), ElementsAre(2, 0, 1));
  EXPECT_THAT(labels(load(Split::test)), ElementsAre(1, 1));
  EXPECT_EQ(load().note + load(Split::test).note, "");
  EXPECT_EQ(class_count(load()), 3);
}

TEST_F(IdxClasses, GapsAreClosedAndNamed) {
  add("train", {3, 1, 5, 2, 4, 1});
  add("t10k", {5, 1});
  EXPECT_THAT(labels(load()), ElementsAre(2, 0, 4, 1, 3, 0));
  EXPECT_THAT(labels(load(Split::test)), ElementsAre(4, 0)) << "the training labels number both";
  EXPECT_THAT(load().note, AllOf(HasSubstr(folder.path()), HasSubstr("labels 1 to 5 are classes 0 to 4")));
  EXPECT_THAT(load().class_names, ElementsAre("1", "2", "3", "4", "5"));
  EXPECT_EQ(class_count(load()), 5);
  EXPECT_TRUE(empty_classes(load()).empty());
  EXPECT_THAT(load_idx_folder(folder.path(), Split::train).labels.values<std::uint8_t>(), ElementsAre(3, 1, 5, 2, 4, 1))
      << "as they are stored";
  add("train", {7, 3, 7});
  EXPECT_THAT(labels(load()), ElementsAre(1, 0, 1));
  EXPECT_THAT(load().note, HasSubstr("labels 3, 7 are classes 0 to 1"));
  add("train", {255, 255});
  EXPECT_THAT(labels(load()), ElementsAre(0, 0));
  EXPECT_THAT(load().note, HasSubstr("label 255 is class 0"));
}

TEST_F(IdxClasses, TestLabelsThatTrainingLacksAreNamed) {
  add("train", {3, 7});
  add("t10k", {9, 7, 1});
  EXPECT_THAT(labels(load(Split::test)), ElementsAre(3, 1, 2));
  EXPECT_THAT(load(Split::test).note,
              AllOf(HasSubstr("labels 3, 7, 1, 9 are classes 0 to 3"), HasSubstr("no training image has label 1, 9")));
  EXPECT_THAT(empty_classes(load(Split::test)), ElementsAre(0));
  add("train", {0, 1});
  add("t10k", {2, 0});
  EXPECT_THAT(labels(load(Split::test)), ElementsAre(2, 0));
  EXPECT_THAT(load(Split::test).note, HasSubstr("no training image has label 2"));
  std::filesystem::remove(folder / "train-labels-idx1-ubyte");
  add("t10k", {5, 6});
  EXPECT_THAT(labels(load(Split::test)), ElementsAre(0, 1)) << "alone";
}

class DataChecksum : public ::testing::Test {
 protected:
  // Whose CRC-32 every implementation gives as its example.
  static Tensor digits(const Shape& shape) {
    const std::string text = "12345678";
    return Tensor::from(shape, std::vector<std::uint8_t>(text.begin(), text.end()));
  }
  static Tensor labels(const std::vector<std::int64_t>& numbers) { return Tensor::from({2}, numbers).to(DType::u8); }

  const ImageDataset dataset{.images = digits({2, 1, 2, 2}), .labels = labels({0, 1}), .class_names = {"a", "b"}};
  const std::string sum = checksum(dataset);
};

TEST_F(DataChecksum, BeginsWithTheCrc32OfThePixels) {
  EXPECT_EQ(sum.substr(0, 9), "9ae0daaf-");  // python3 -c 'import zlib; print(hex(zlib.crc32(b"12345678")))'
  EXPECT_EQ(sum.size(), 26u);
  EXPECT_EQ(checksum(ImageDataset{.images = dataset.images}), sum.substr(0, 17));
}

TEST_F(DataChecksum, TellsEverythingThatDecidesFromOthers) {
  const auto of = [&](auto change) {
    ImageDataset changed = dataset;
    change(changed);
    return checksum(changed);
  };
  for (const Shape& shape : {Shape{2, 1, 1, 4}, Shape{2, 1, 4, 1}, Shape{2, 2, 1, 2}, Shape{1, 1, 2, 4}})
    EXPECT_NE(checksum(ImageDataset{.images = digits(shape)}), sum.substr(0, 17)) << shape.to_string();
  EXPECT_NE(of([](ImageDataset& d) { d.images = d.images.to(DType::i64); }), sum);
  EXPECT_NE(of([](ImageDataset& d) { d.labels = labels({1, 0}); }), sum);
  EXPECT_NE(of([](ImageDataset& d) { d.labels = {}; }), sum);
  EXPECT_NE(of([](ImageDataset& d) { d.class_names = {"a", "c"}; }), sum);
  EXPECT_NE(of([](ImageDataset& d) { d.class_names.emplace_back("c"); }), sum);
  EXPECT_EQ(of([](ImageDataset& d) { d.labels = d.labels.to(DType::i64); }), sum) << "the same numbers";
}

TEST_F(DataChecksum, IsComparedAsFarAsTheOldOneTells) {
  EXPECT_TRUE(is_same_data(sum, sum));
  EXPECT_TRUE(is_same_data(sum, sum.substr(0, 17)));
  EXPECT_TRUE(is_same_data(sum, sum.substr(0, 8))) << "of old checkpoints";
  EXPECT_FALSE(is_same_data(sum, ""));
  EXPECT_FALSE(is_same_data(sum, sum.substr(0, 7)));
  EXPECT_FALSE(is_same_data(sum, "00000000"));
  EXPECT_FALSE(is_same_data(sum.substr(0, 17), sum)) << "labels that have gone";
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
