// Files are what their names say.
#include <gmock/gmock.h>

#include <tests/message_of.h>
#include <tests/temporary_folder.h>
#include <wisp/io/gif.h>
#include <wisp/io/png.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;

class PictureName : public ::testing::Test {
 protected:
  TemporaryFolder folder;
  const Tensor images = Tensor::zeros({1, 1, 2, 2}), frame = Tensor::zeros({2, 2, 1}, DType::u8);
};

TEST_F(PictureName, IsThatOfAPng) {
  for (const char* good : {"a.png", "b.PNG", "c", "d.e/f", "grid.v2", "run1.5", "x.tmp", "x.", "x.jpg.part"}) {
    std::filesystem::create_directory(folder / "d.e");
    save_image(images, folder / good);
    EXPECT_TRUE(read_bytes(folder / good).starts_with("\x89PNG")) << good;
  }
  for (const std::string bad : {"x.jpg", "x.JPEG", "x.gif", "x.png.bmp", "x.Webp", "x.svg", "run1.5.tiff"}) {
    const std::string message = message_of([&] { save_image(images, folder / bad); });
    EXPECT_THAT(message, ::testing::HasSubstr("\".png\" or no picture's ending")) << bad;
    EXPECT_THAT(message, ::testing::StartsWith("write_png: " + (folder / bad))) << bad;
    EXPECT_FALSE(std::filesystem::exists(folder / bad));
  }
}

TEST_F(PictureName, IsThatOfAGif) {
  for (const char* good : {"a.gif", "b.Gif", "c"}) write_gif(folder / good, {frame});
  EXPECT_THAT(message_of([&] { write_gif(folder / "x.png", {frame}); }), ::testing::HasSubstr("\".gif\""));
  EXPECT_THAT(folder.names(), ElementsAre("a.gif", "b.Gif", "c"));
}

}  // namespace
}  // namespace wisp::testing
