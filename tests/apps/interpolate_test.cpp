// dcgan interpolate: the ends are the images of dcgan sample, the way between them is the one asked for.
#include <gmock/gmock.h>

#include <apps/dcgan/network_file.h>
#include <models/latent.h>
#include <tests/apps/program.h>
#include <tests/apps/tiny_checkpoint.h>
#include <tests/read_gif.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/core/rng.h>
#include <wisp/data/idx.h>
#include <wisp/io/image.h>
#include <wisp/io/png.h>

namespace wisp::testing {
namespace {

class Interpolate : public ::testing::Test {
 protected:
  Interpolate() { write_tiny_checkpoint(checkpoint, {5, 2, 28, 1}); }

  Outcome interpolate(const std::string& options) {
    return run(folder, "dcgan interpolate --precision f32 --checkpoint " + checkpoint + " " + options);
  }
  void draw(const std::string& options) {
    const Outcome outcome = interpolate(options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out + outcome.err, "");
  }
  // Of a grid of images of that size.
  static std::vector<std::uint8_t> cell(const Tensor& grid, std::int64_t row, std::int64_t column, std::int64_t size) {
    return grid.narrow(1, 2 + row * (size + 2), size).narrow(2, 2 + column * (size + 2), size).values<std::uint8_t>();
  }
  void expect_ends_of_samples(std::int64_t size, const std::string& options) {
    draw("--rows 3 --steps 4 --seed 5 --out " + picture + options);
    const Outcome outcome = run(folder, "dcgan sample --precision f32 --seed 5 --count 6 --checkpoint " + checkpoint +
                                            options + " --idx " + idx);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const Tensor walk = read_image(picture), samples = read_idx(idx);
    EXPECT_EQ(walk.dim(1), 3 * (size + 2) + 2);
    EXPECT_EQ(walk.dim(2), 4 * (size + 2) + 2);
    for (std::int64_t row = 0; row < 3; ++row)
      for (const std::int64_t end : {0, 1})
        EXPECT_EQ(cell(walk, row, 3 * end, size), samples.narrow(0, 2 * row + end, 1).values<std::uint8_t>())
            << "row " << row << ", end " << end;
  }

  const TemporaryFolder folder;
  const std::string checkpoint = folder / "checkpoint.safetensors", picture = folder / "walk.png",
                    gif = folder / "walk.gif", idx = folder / "samples";
};

TEST_F(Interpolate, TheEndsAreSamples) {
  expect_ends_of_samples(28, "");
  expect_ends_of_samples(28, " --raw");
}

TEST_F(Interpolate, OfAClass) {
  write_tiny_checkpoint(checkpoint, {.latent = 5, .base_channels = 2, .classes = 3});
  expect_ends_of_samples(28, " --label 2");
  draw("--rows 3 --steps 2 --label 1 --out " + picture);
  const Tensor ones = read_image(picture);
  draw("--rows 3 --steps 2 --out " + picture);  // a class in each row
  EXPECT_EQ(cell(read_image(picture), 1, 1, 28), cell(ones, 1, 1, 28));
  EXPECT_NE(cell(read_image(picture), 2, 1, 28), cell(ones, 2, 1, 28));
  expect_rejected(interpolate("--label 3 --out " + picture), {"label 3", "0 to 2"});
}

TEST_F(Interpolate, InColour) {
  write_tiny_checkpoint(checkpoint, {6, 2, 64, 3});
  expect_ends_of_samples(64, "");
}

TEST_F(Interpolate, BetweenTheEndsIsTheWayAskedFor) {
  apps::LoadedNetwork generator = apps::load_generator(checkpoint);
  Rng rng(5);
  const Tensor ends = Tensor::randn({2, 5, 1, 1}, rng);
  std::vector<std::vector<std::uint8_t>> middles;
  for (const auto& [option, mode] : {std::pair{"", models::Interpolation::slerp},
                                     {" --mode slerp", models::Interpolation::slerp},
                                     {" --mode linear", models::Interpolation::linear}}) {
    draw("--rows 1 --steps 3 --seed 5 --out " + picture + option);
    const NoGrad guard;
    const Tensor z = models::interpolate(ends.narrow(0, 0, 1), ends.narrow(0, 1, 1), 3, mode);
    middles.push_back(cell(read_image(picture), 0, 1, 28));
    EXPECT_EQ(middles.back(), to_u8(generator.network(z)).narrow(0, 1, 1).values<std::uint8_t>()) << option;
  }
  EXPECT_NE(middles[1], middles[2]);
}

// Four frames there and two back; the grid's pixels are three wide.
TEST_F(Interpolate, TheAnimationGoesThereAndBack) {
  draw("--rows 3 --steps 4 --seed 5 --gif " + gif + " --out " + picture);
  const std::string bytes = read_bytes(gif);
  const Animation animation = decode_gif(bytes_of(bytes));
  ASSERT_EQ(animation.frames, 6);
  const int side = 3 * (2 * 30 + 2);
  EXPECT_EQ(animation.width, side);
  EXPECT_EQ(animation.height, side);
  const Tensor walk = read_image(picture);
  for (int frame = 0; frame < 6; ++frame)
    for (int row = 0; row < 3; ++row) {
      const std::vector<std::uint8_t> expected = cell(walk, row, frame < 4 ? frame : 6 - frame, 28);
      const int top = 3 * (2 + row / 2 * 30), left = 3 * (2 + row % 2 * 30);
      int wrong = 0;
      for (int y = 0; y < 84; ++y)
        for (int x = 0; x < 84; ++x) {
          const auto at = static_cast<std::size_t>(3 * ((frame * side + top + y) * side + left + x));
          wrong += animation.rgb[at] != expected[static_cast<std::size_t>(y / 3 * 28 + x / 3)];
        }
      EXPECT_EQ(wrong, 0) << "frame " << frame << ", row " << row;
    }
}

TEST_F(Interpolate, OneStepOneRow) {
  draw("--rows 1 --steps 1 --gif " + gif + " --out " + picture);
  EXPECT_EQ(read_image(picture).shape(), (Shape{1, 28, 28}));
  const std::string bytes = read_bytes(gif);
  EXPECT_EQ(decode_gif(bytes_of(bytes)).frames, 1);
}

TEST_F(Interpolate, SeedDecidesEveryByte) {
  const auto bytes_with = [&](const std::string& seed) {
    draw("--rows 2 --steps 3 --gif " + gif + " --out " + picture + " --seed " + seed);
    return read_bytes(gif) + read_bytes(picture);
  };
  const std::string first = bytes_with("1");
  EXPECT_EQ(first, bytes_with("1"));
  EXPECT_NE(first, bytes_with("2"));
}

TEST_F(Interpolate, PicturesAreWhatTheirNamesSay) {
  const std::string jpeg = folder / "walk.jpg", missing = "--checkpoint /nowhere.safetensors";  // not read for this
  expect_rejected(interpolate("--out " + jpeg), {"--out", "walk.jpg", ".png"});
  expect_rejected(interpolate("--out " + picture + " --gif " + (folder / "walk.png")), {"--gif", "walk.png", ".gif"});
  for (const char* command : {"sample ", "interpolate "})
    expect_rejected(run(folder, std::string("dcgan ") + command + missing + " --out " + (folder / "x.JPG")),
                    {"--out", "x.JPG", ".png"});
  EXPECT_FALSE(std::filesystem::exists(jpeg) || std::filesystem::exists(picture));
  draw("--rows 1 --steps 2 --out " + (folder / "walk.PNG") + " --gif " + (folder / "walk"));
  EXPECT_TRUE(read_bytes(folder / "walk.PNG").starts_with("\x89PNG"));
  EXPECT_TRUE(read_bytes(folder / "walk").starts_with("GIF89a"));
}

TEST_F(Interpolate, MistakesAreNamed) {
  const std::string out = " --out " + picture;
  expect_rejected(interpolate("--rows 0" + out), {"--rows", "between 1 and 1000", "given 0"});
  expect_rejected(interpolate("--rows=-1" + out), {"--rows", "-1"});
  expect_rejected(interpolate("--rows 1001" + out), {"--rows", "1001"});
  expect_rejected(interpolate("--steps 0" + out), {"--steps", "given 0"});
  expect_rejected(interpolate("--rows 100 --steps 101" + out), {"--steps", "between 1 and 100", "101"});
  expect_rejected(interpolate("--steps 9000000000000000000" + out), {"--steps", "9000000000000000000"});
  expect_rejected(interpolate("--seed=-1" + out), {"--seed", "-1"});
  expect_rejected(interpolate("--mode curve" + out), {"curve", "linear and slerp"});
  expect_rejected(interpolate("--out ''"), {"--out", "--gif"});
  expect_rejected(interpolate("--gif " + (folder / "none/walk.gif")), {"none/walk.gif"});
  expect_rejected(run(folder, "dcgan interpolate --checkpoint /nowhere.safetensors" + out), {"/nowhere.safetensors"});
  expect_rejected(run(folder, "dcgan interpolate" + out), {"--checkpoint"});
  EXPECT_FALSE(std::filesystem::exists(picture));
}

}  // namespace
}  // namespace wisp::testing
