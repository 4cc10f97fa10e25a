#include <wisp/data/load_dataset.h>

#include <gmock/gmock.h>

#include <tests/pictures.h>
#include <wisp/data/idx.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class LoadDataset : public ::testing::Test {
 protected:
  void expect(DatasetFormat format, const Shape& images) const {
    EXPECT_EQ(dataset_format_of(folder.path()), format);
    EXPECT_EQ(load_dataset(folder.path(), Split::train, 16).images.shape(), images);
  }

  const TemporaryFolder folder;
};

TEST_F(LoadDataset, KnowsAFolderByItsFiles) {
  write_bytes(folder / "a.png", png_of(20, 30, {1, 2, 3}));
  expect(DatasetFormat::pictures, {1, 3, 16, 16});
  EXPECT_THAT([&] { load_dataset(folder.path(), Split::train, 28, true); },
              ThrowsMessage<Error>(AllOf(HasSubstr("transpose"), HasSubstr(folder.path()))));
  for (const char* name :
       {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"})
    write_bytes(folder / name, std::string(3073, '\1'));
  expect(DatasetFormat::cifar10, {5, 3, 32, 32});
  write_idx(folder / "train-images-idx3-ubyte.gz", Tensor::full({2, 5, 6}, 1, DType::u8));
  expect(DatasetFormat::idx, {2, 1, 5, 6});
  EXPECT_EQ(load_dataset(folder.path(), Split::train, 16, true).images.shape(), (Shape{2, 1, 6, 5}));
}

TEST_F(LoadDataset, KnowsFilesOfTheTestSplitToo) {
  write_bytes(folder / "test_batch.bin", std::string(3073, '\1'));
  EXPECT_EQ(load_dataset(folder.path(), Split::test, 16).images.dim(0), 1);
  EXPECT_THAT([&] { load_dataset(folder.path(), Split::train, 16); },
              ThrowsMessage<IoError>(HasSubstr("data_batch_1.bin")));
}

TEST_F(LoadDataset, KeepsPicturesWhereItIsTold) {
  write_bytes(folder / "a.png", png_of(20, 30, {1, 2, 3}));
  const TemporaryFolder cache;
  load_dataset(folder.path(), Split::train, 16);
  EXPECT_TRUE(cache.names().empty());
  load_dataset(folder.path(), Split::train, 16, false, cache.path());
  EXPECT_EQ(cache.names().size(), 1u);
}

TEST_F(LoadDataset, NothingThere) {
  write_bytes(folder / "notes.txt", "no picture");
  EXPECT_THAT([&] { load_dataset(folder.path(), Split::train, 16); },
              ThrowsMessage<IoError>(AllOf(HasSubstr(folder.path()), HasSubstr("train-images-idx3-ubyte"),
                                           HasSubstr("data_batch_1.bin"), HasSubstr("PNG"))));
  EXPECT_THAT([&] { load_dataset(folder / "missing", Split::train, 16); },
              ThrowsMessage<IoError>(AllOf(HasSubstr("missing"), HasSubstr("No such file"))));
}

}  // namespace
}  // namespace wisp::testing
