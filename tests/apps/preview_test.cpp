// dcgan train --preview: the sample grid on a terminal, and nowhere else.
#include <gmock/gmock.h>

#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <apps/dcgan/preview.h>
#include <tests/apps/terminal_pictures.h>
#include <tests/apps/tiny_data.h>
#include <wisp/io/file_descriptor.h>
#include <wisp/io/image.h>
#include <wisp/io/png.h>
#include <wisp/ops/arithmetic.h>

namespace wisp::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Images that are in no way alike.
Tensor images(const Shape& shape) {
  Rng rng(1);
  return Tensor::rand(shape, rng) * 2.0 - 1.0;
}

TEST(PreviewGrid, IsTheSampleGridWhereItFits) {
  for (const std::int64_t channels : {1, 3}) {
    const Tensor some = images({64, channels, 28, 28});
    EXPECT_EQ(apps::preview_grid(some, 242).values<std::uint8_t>(), make_grid(some).values<std::uint8_t>());
    EXPECT_LT(apps::preview_grid(some, 241).dim(1), 242);
  }
}

TEST(PreviewGrid, ImagesAreMadeSmallerSoThatItFits) {
  const Tensor grid = apps::preview_grid(images({64, 3, 64, 64}), 79);
  EXPECT_EQ(grid.shape(), (Shape{73, 73, 3})) << "images of 8 pixels with one around: 8 * 9 + 1";
  EXPECT_EQ(apps::preview_grid(images({64, 1, 28, 28}), 41).shape(), (Shape{41, 41, 1}));
  EXPECT_FALSE(apps::preview_grid(images({64, 1, 28, 28}), 40).defined());
  EXPECT_FALSE(apps::preview_grid(images({64, 1, 28, 28}), 1).defined());
}

// Stripes of one pixel, black and white, become grey when halved and more; an even shade stays.
TEST(PreviewGrid, ShrinkingAverages) {
  std::vector<float> stripes(64 * 32 * 32);
  for (std::size_t i = 0; i < stripes.size(); ++i) stripes[i] = i % 2 == 0 ? -1.f : 1.f;
  const Tensor grid = apps::preview_grid(Tensor::from({64, 1, 32, 32}, stripes), 73).reshape({73, 73});
  for (const std::uint8_t shade : grid.narrow(0, 2, 6).narrow(1, 2, 6).reshape({36}).values<std::uint8_t>())
    EXPECT_NEAR(shade, 127.5, 1);
  const Tensor even = apps::preview_grid(Tensor::full({64, 1, 32, 32}, 0.2), 73).reshape({73, 73});
  EXPECT_EQ(even.narrow(0, 1, 1).narrow(1, 1, 1).item<std::uint8_t>(), 153);
  EXPECT_EQ(even.narrow(0, 0, 1).narrow(1, 1, 1).item<std::uint8_t>(), 0) << "padding";
}

class TrainPreview : public ::testing::Test {
 protected:
  TrainPreview() { write_tiny_data(data); }

  std::string command(const std::string& options) const {
    return WISP_BIN_DIR "/dcgan train --overwrite --data " + data +
           " --base-channels 2 --latent 4 --batch 8 --threads 1 --evaluate-every 0 --steps 1 --out " + out + " " +
           options;
  }
  // What the program writes to a terminal of so many columns, lines ended by \n.
  std::string on_terminal(const std::string& environment, const std::string& options = "", int columns = 80) const {
    winsize size{};
    size.ws_row = 24;
    size.ws_col = static_cast<unsigned short>(columns);
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
    if (child == 0) {
      const std::string line = "exec env -i " + environment + " " + command(options);
      ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      ::_exit(127);
    }
    std::string text;
    char piece[4096];
    // Where nobody holds the other side any more, Linux says EIO.
    for (ssize_t count; (count = ::read(terminal, piece, sizeof piece)) > 0;)
      text.append(piece, static_cast<std::size_t>(count));
    ::close(terminal);
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0) << text;
    for (std::size_t at; (at = text.find("\r\n")) != std::string::npos;) text.erase(at, 1);
    return text;
  }
  // samples.png's images, u8 (64, 1, 28, 28).
  Tensor samples() const {
    const Tensor grid = read_image(out + "/samples.png");
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < 64; ++i) {
      const Tensor image = grid.narrow(1, 2 + i / 8 * 30, 28).narrow(2, 2 + i % 8 * 30, 28);
      const std::vector<std::uint8_t> values = image.values<std::uint8_t>();
      pixels.insert(pixels.end(), values.begin(), values.end());
    }
    return Tensor::from({64, 1, 28, 28}, pixels);
  }

  TemporaryFolder folder;
  const std::string data = folder / "data", out = folder / "run";
};

class TrainPreviewOnTerminal : public TrainPreview {
 protected:
  void SetUp() override {
    int terminal = -1, program = -1;
    if (::openpty(&terminal, &program, nullptr, nullptr, nullptr) != 0)
      GTEST_SKIP() << "no pseudo-terminals here: " << os_message();
    ::close(terminal);
    ::close(program);
  }
};

TEST_F(TrainPreviewOnTerminal, HalfBlocksAsWideAsTheTerminal) {
  for (const int columns : {80, 300}) {
    const std::string text = on_terminal("TERM=xterm COLORTERM=truecolor", "", columns);
    const TerminalPicture picture = parse_half_blocks(text);
    const Tensor grid = apps::preview_grid(samples(), columns - 1);
    EXPECT_EQ(picture.width, grid.dim(1));
    EXPECT_EQ(picture.height, grid.dim(0));
    std::vector<int> expected;
    for (const std::uint8_t shade : grid.values<std::uint8_t>()) expected.insert(expected.end(), 3, shade);
    EXPECT_EQ(picture.rgb, expected);
    EXPECT_GT(text.find("epoch 1  1/5 batches"), text.rfind("\u2580")) << "the line of the epoch is below";
  }
}

TEST_F(TrainPreviewOnTerminal, KittyGetsTheSamplesFile) {
  const KittyPicture picture = parse_kitty(on_terminal("TERM=xterm-kitty"));
  EXPECT_EQ(picture.png, read_bytes(out + "/samples.png"));
}

TEST_F(TrainPreviewOnTerminal, SixelForThoseThatHaveIt) {
  const TerminalPicture picture = parse_sixel(on_terminal("TERM=foot"));
  EXPECT_EQ(picture.width, 242);
  EXPECT_EQ(picture.height, 242);
  const Tensor grid = read_image(out + "/samples.png");
  const std::vector<std::uint8_t> expected = grid.values<std::uint8_t>();
  double sum = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) sum += std::abs(picture.rgb[3 * i] - expected[i]);
  EXPECT_LT(sum / static_cast<double>(expected.size()), 4) << "256 colours, dithered";
}

TEST_F(TrainPreviewOnTerminal, EverySampleGridIsShown) {
  const std::string text = on_terminal("TERM=xterm COLORTERM=24bit", "--steps 10");
  EXPECT_EQ(parse_half_blocks(text).height, 2 * 73) << "two epochs";
}

TEST_F(TrainPreviewOnTerminal, NothingWhereNobodyWantsOrSeesIt) {
  const std::string block = "\u2580", colours = "TERM=xterm COLORTERM=truecolor ";
  EXPECT_THAT(on_terminal(colours, "--preview off"), Not(HasSubstr(block)));
  EXPECT_THAT(on_terminal(colours, "--quiet"), Not(HasSubstr(block)));
  EXPECT_THAT(on_terminal(colours + "NO_COLOR=1"), Not(HasSubstr(block)));
  EXPECT_THAT(on_terminal("TERM=xterm"), Not(HasSubstr(block)));
  EXPECT_THAT(on_terminal(colours, "", 30), Not(HasSubstr(block))) << "no room";
  const std::string dumb = on_terminal("TERM=dumb KITTY_WINDOW_ID=1 COLORTERM=truecolor");
  EXPECT_THAT(dumb, Not(HasSubstr(block)));
  EXPECT_THAT(dumb, Not(HasSubstr("\033_G")));
  for (const std::string environment : {"TERM=xterm COLORTERM=truecolor", "TERM=xterm-kitty", "TERM=foot"}) {
    const Outcome outcome = run(folder, command("").substr(sizeof WISP_BIN_DIR), environment);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("\033"))) << "a pipe is no terminal";
  }
}

TEST_F(TrainPreview, OtherChoicesAreNamed) {
  expect_rejected(run(folder, command("--preview sometimes").substr(sizeof WISP_BIN_DIR)), {"--preview", "sometimes"});
}

}  // namespace
}  // namespace wisp::testing
