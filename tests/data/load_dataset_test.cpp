#include <wisp/data/load_dataset.h>

#include <gmock/gmock.h>

#include <tests/cache_folder.h>
#include <tests/pictures.h>
#include <wisp/data/idx.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class LoadDataset : public ::testing::Test {
 protected:
  void expect(DataSource source, std::int64_t size, const Shape& images) const {
    EXPECT_EQ(data_source_of(folder.path()), source);
    EXPECT_EQ(default_image_size(source), size);
    EXPECT_EQ(load_dataset(folder.path(), Split::train, 16).images.shape(), images);
  }

  const TemporaryFolder folder;
  const CacheFolder cache;
};

TEST_F(LoadDataset, KnowsAFolderByItsFiles) {
  write_bytes(folder / "a.png", png_of(20, 30, {1, 2, 3}));
  expect(DataSource::pictures, 64, {1, 3, 16, 16});
  for (const char* name :
       {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"})
    write_bytes(folder / name, std::string(3073, '\1'));
  expect(DataSource::cifar10, 32, {5, 3, 32, 32});
  write_idx(folder / "train-images-idx3-ubyte.gz", Tensor::full({2, 5, 6}, 1, DType::u8));
  expect(DataSource::idx, 28, {2, 1, 5, 6});
  EXPECT_EQ(load_dataset(folder.path(), Split::train, 16, true).images.shape(), (Shape{2, 1, 6, 5}));
  EXPECT_THAT([] { load_dataset("shapes", Split::train, 28, true); },
              ThrowsMessage<Error>(AllOf(HasSubstr("transpose"), HasSubstr("shapes"))));
}

TEST_F(LoadDataset, KnowsFilesOfTheTestSplitToo) {
  write_bytes(folder / "test_batch.bin", std::string(3073, '\1'));
  EXPECT_EQ(load_dataset(folder.path(), Split::test, 16).images.dim(0), 1);
  EXPECT_THAT([&] { load_dataset(folder.path(), Split::train, 16); },
              ThrowsMessage<IoError>(HasSubstr("data_batch_1.bin")));
}

TEST_F(LoadDataset, KnowsShapesByTheirName) {
  EXPECT_EQ(data_source_of("shapes"), DataSource::shapes);
  EXPECT_EQ(default_image_size(DataSource::shapes), 64);
  EXPECT_EQ(load_dataset("shapes", Split::test, 16).images.shape(), (Shape{600, 3, 16, 16}));
  EXPECT_THAT([] { load_dataset("./shapes", Split::test, 16); }, ThrowsMessage<IoError>(HasSubstr("./shapes")));
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
