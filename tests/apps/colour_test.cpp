// dcgan on colour images, of every source, as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <tests/apps/tiny_data.h>
#include <tests/cache_folder.h>
#include <tests/pictures.h>
#include <wisp/io/image.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Colour : public ::testing::Test {
 protected:
  Outcome train(const std::string& data, const std::string& options, const std::string& to = "run") const {
    return run(folder, "dcgan train --overwrite --data " + data + tiny + " " + options + " --out " + (folder / to));
  }
  // What the run in the folder `run` was configured as.
  std::int64_t configured(const std::string& name) const {
    return nlohmann::json::parse(read_bytes(folder / "run/config.json")).at(name);
  }
  // A folder of `count` pictures of 20 x 30 pixels, each of a shade of its own.
  std::string pictures(int count, bool grey = false) const {
    std::filesystem::create_directories(folder / "pictures");
    for (int i = 0; i < count; ++i)
      write_bytes(folder / ("pictures/" + std::to_string(i) + ".png"),
                  png_of(20, 30, grey ? std::vector<int>{9 * i} : std::vector<int>{9 * i, 200, 100}));
    return folder / "pictures";
  }
  // A folder whose only picture is of these bytes.
  std::string only_picture(const std::string& bytes) const {
    std::filesystem::create_directories(folder / "bad");
    write_bytes(folder / "bad/only.png", bytes);
    return folder / "bad";
  }

  const TemporaryFolder folder;
  const CacheFolder cache;
};

class SlowColour : public Colour {};

TEST_F(SlowColour, ShapesFromTrainingToExport) {
  const Outcome outcome = run(folder,
                              "dcgan train --data shapes --steps 2 --base-channels 2 --latent 4 --batch 8 --threads 1 "
                              "--out " +
                                  (folder / "run"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("no judge's figures"), HasSubstr("3 channel(s) and 64 x 64")));
  EXPECT_EQ(configured("image_size"), 64);
  EXPECT_EQ(configured("channels"), 3);
  EXPECT_EQ(read_image(folder / "run/samples.png").shape(), (Shape{3, 8 * 66 + 2, 8 * 66 + 2}));

  const std::string checkpoint = " --checkpoint " + (folder / "run/checkpoint.safetensors");
  const Outcome sampled =
      run(folder, "dcgan sample --count 3 --idx " + (folder / "x.idx") + " --out " + (folder / "x.png") + checkpoint);
  ASSERT_EQ(sampled.exit_code, 0) << sampled.err;
  const Tensor drawn = read_idx(folder / "x.idx");
  ASSERT_EQ(drawn.shape(), (Shape{3, 3, 64, 64}));
  // The grid's first image begins at pixel (2, 2).
  const Tensor grid = read_image(folder / "x.png");
  EXPECT_EQ(grid.shape(), (Shape{3, 2 * 66 + 2, 2 * 66 + 2}));
  const std::vector<std::uint8_t> in_grid = grid.values<std::uint8_t>(), in_file = drawn.values<std::uint8_t>();
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t y = 0; y < 64; ++y)
      for (std::size_t x = 0; x < 64; ++x)
        ASSERT_EQ(in_grid[(c * 134 + y + 2) * 134 + x + 2], in_file[(c * 64 + y) * 64 + x]);

  for (const std::string format : {"safetensors", "onnx", "header"}) {
    const Outcome exported =
        run(folder, "dcgan export --format " + format + " --out " + (folder / format) + checkpoint);
    EXPECT_EQ(exported.exit_code, 0) << exported.err;
  }
  expect_rejected(run(folder, "dcgan evaluate --count 2" + checkpoint), {"3 channel(s)", "64 x 64", "28 x 28"});
}

TEST_F(Colour, ResumesToTheSameBits) {
  const std::string data = pictures(20), options = "--image-size 32 --schedule constant";
  ASSERT_EQ(train(data, options + " --steps 4", "straight").exit_code, 0);
  ASSERT_EQ(train(data, options + " --steps 2").exit_code, 0);
  const Outcome resumed = run(folder, "dcgan train --quiet --threads 1 --steps 4 --resume " + (folder / "run"));
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_TRUE(read_bytes(folder / "run/checkpoint.safetensors") ==
              read_bytes(folder / "straight/checkpoint.safetensors"));
}

TEST_F(Colour, FoldersOfPictures) {
  const std::string data = pictures(10);
  write_bytes(data + "/broken.jpg", "no picture");
  const Outcome outcome = train(data, "--steps 1 --schedule constant");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("1 of 11 pictures"), HasSubstr("broken.jpg")));
  EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1) << "one line, also with --quiet: " << outcome.err;
  EXPECT_EQ(configured("image_size"), 64);
  EXPECT_EQ(configured("channels"), 3);

  const std::string resume = "dcgan train --quiet --steps 2 --resume " + (folder / "run");
  write_bytes(data + "/10.png", png_of(8, 8, {1, 2, 3}));
  std::filesystem::remove(data + "/broken.jpg");
  expect_rejected(run(folder, resume), {data, "not those"});
  std::filesystem::remove(data + "/10.png");
  const Outcome resumed = run(folder, resume);
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
}

TEST_F(Colour, GreyPicturesMakeGreyNetworks) {
  const Outcome outcome = train(pictures(8, true), "--steps 1 --image-size 32");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(configured("image_size"), 32);
  EXPECT_EQ(configured("channels"), 1);
}

TEST_F(Colour, Cifar10) {
  for (int i = 1; i <= 5; ++i)
    write_bytes(folder / ("data_batch_" + std::to_string(i) + ".bin"), std::string(2 * 3073, static_cast<char>(i)));
  const Outcome outcome = train(folder.path(), "--steps 1");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(configured("image_size"), 32);
  EXPECT_EQ(configured("channels"), 3);
  write_bytes(folder / "data_batch_5.bin", "short");
  expect_rejected(train(folder.path(), "--steps 1"), {"data_batch_5.bin", "3073"});
}

TEST_F(Colour, BadPictures) {
  expect_rejected(train(only_picture("no picture"), "--steps 1"), {"1 of 1 pictures", "only.png"});
  expect_rejected(train(only_picture(png_of(1, 1, {1, 2, 3})), "--steps 1"), {"only.png", "1 x 1", "8 x 8"});
  expect_rejected(train(only_picture(huge_png()), "--steps 1"), {"only.png", "20000 x 20000"});
  expect_rejected(train(pictures(7), "--steps 1"), {"batch_size 8", "7 images"});
  expect_rejected(train("shapes", "--steps 1 --image-size 48"), {"28, 32, 64 or 128", "48"});
  EXPECT_FALSE(std::filesystem::exists(folder / "run"));
}

}  // namespace
}  // namespace wisp::testing
