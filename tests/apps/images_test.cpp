// What --data names, and where the programs keep what takes a while.
#include <apps/common/images.h>

#include <cstdlib>

#include <gmock/gmock.h>

#include <apps/common/cache_folder.h>
#include <tests/cache_folder.h>
#include <tests/pictures.h>
#include <wisp/data/idx.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Images, SizesThatAreTrainedAt) {
  const TemporaryFolder folder;
  write_bytes(folder / "a.png", png_of(20, 30, {1, 2, 3}));
  EXPECT_EQ(apps::default_image_size(folder.path()), 64);
  write_bytes(folder / "data_batch_1.bin", std::string(3073, '\1'));
  EXPECT_EQ(apps::default_image_size(folder.path()), 32);
  write_idx(folder / "train-images-idx3-ubyte.gz", Tensor::full({2, 5, 6}, 1, DType::u8));
  EXPECT_EQ(apps::default_image_size(folder.path()), 28);
  EXPECT_EQ(apps::default_image_size("shapes"), 64);
}

TEST(Images, ShapesAreKnownByTheirName) {
  EXPECT_EQ(apps::load_images("shapes", Split::test, 16, false).images.shape(), (Shape{600, 3, 16, 16}));
  EXPECT_THAT([] { apps::load_images("./shapes", Split::test, 16, false); },
              ThrowsMessage<IoError>(HasSubstr("./shapes")));
  EXPECT_THAT([] { apps::load_images("shapes", Split::train, 28, true); },
              ThrowsMessage<Error>(AllOf(HasSubstr("transpose"), HasSubstr("shapes"))));
}

TEST(Images, PicturesAreKeptInTheCacheFolder) {
  const TemporaryFolder folder;
  const CacheFolder cache;
  write_bytes(folder / "a.png", png_of(20, 30, {1, 2, 3}));
  EXPECT_EQ(apps::load_images(folder.path(), Split::train, 16, false).images.shape(), (Shape{1, 3, 16, 16}));
  EXPECT_EQ(cache.files().size(), 1u);
}

TEST(Images, TheCacheFolderIsWhereTheEnvironmentSays) {
  const CacheFolder restored;
  CacheFolder::set("/somewhere");
  EXPECT_EQ(apps::cache_folder(), "/somewhere/wisp");
  const char* const home = std::getenv("HOME");
  const std::string previous = home == nullptr ? "" : home;
  CacheFolder::set("");
  ::setenv("HOME", "/root-or-not", 1);
  EXPECT_EQ(apps::cache_folder(), "/root-or-not/.cache/wisp");
  ::unsetenv("HOME");
  EXPECT_EQ(apps::cache_folder(), "");
  if (home != nullptr) ::setenv("HOME", previous.c_str(), 1);
}

}  // namespace
}  // namespace wisp::testing
