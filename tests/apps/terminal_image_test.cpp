// Pictures as escape sequences, parsed back into pixels.
#include <apps/common/terminal_image.h>

#include <map>
#include <numeric>

#include <gmock/gmock.h>

#include <tests/apps/terminal_pictures.h>
#include <tests/temporary_folder.h>
#include <wisp/core/rng.h>
#include <wisp/io/image.h>
#include <wisp/io/png.h>

namespace wisp::testing {
namespace {

using apps::TerminalGraphics;

Tensor noise(const Shape& shape) {
  Rng rng(1);
  return to_u8(Tensor::rand(shape, rng), {0, 1});
}

// (H, W, C) as RGB.
std::vector<int> rgb(const Tensor& picture) {
  std::vector<int> result;
  for (const std::uint8_t value : picture.values<std::uint8_t>())
    result.insert(result.end(), picture.dim(2) == 1 ? 3 : 1, value);
  return result;
}

TEST(TerminalImage, HalfBlocksAreThePixels) {
  for (const Shape& shape : {Shape{6, 5, 3}, Shape{4, 3, 1}, Shape{5, 2, 3}, Shape{1, 1, 1}}) {
    const Tensor picture = noise(shape);
    const TerminalPicture parsed = parse_half_blocks(apps::half_blocks(picture));
    EXPECT_EQ(parsed.height, shape[0]);
    EXPECT_EQ(parsed.width, shape[1]);
    EXPECT_EQ(parsed.rgb, rgb(picture));
  }
}

TEST(TerminalImage, HalfBlocksLeaveTheColoursAsTheyWere) {
  const std::string text = apps::half_blocks(noise({3, 2, 3}));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_TRUE(text.ends_with("\033[0m\n"));
  EXPECT_NE(text.find("\033[0m\n\033[38"), std::string::npos) << "also at the end of the first line";
}

TEST(TerminalImage, KittysPiecesAreAPngFile) {
  const TemporaryFolder folder;
  for (const Shape& shape : {Shape{90, 70, 3}, Shape{2, 2, 1}}) {
    const Tensor picture = noise(shape);
    const KittyPicture parsed = parse_kitty(apps::kitty_image(picture));
    EXPECT_EQ(read_image(write_bytes(folder / "picture.png", parsed.png)).permute({1, 2, 0}).values<std::uint8_t>(),
              picture.values<std::uint8_t>());
    EXPECT_EQ(parsed.pieces.size() > 1, shape[0] == 90);
    for (std::size_t i = 0; i < parsed.pieces.size(); ++i) {
      const bool last = i + 1 == parsed.pieces.size();
      EXPECT_EQ(parsed.controls[i], std::string(i == 0 ? "a=T,f=100," : "") + (last ? "q=2,m=0" : "q=2,m=1"));
      EXPECT_TRUE(last ? parsed.pieces[i] <= 4096 : parsed.pieces[i] == 4096) << parsed.pieces[i];
    }
  }
}

// Of colours five bits count, of grey a hundred shades.
TEST(TerminalImage, SixelsAreThePixels) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < 13; ++y)
    for (int x = 0; x < 9; ++x)
      for (const int value : {x < 4 ? 255 : 0, y < 7 ? 200 : 20, 90})
        pixels.push_back(static_cast<std::uint8_t>(value));
  const Tensor colour = Tensor::from({13, 9, 3}, pixels);
  std::vector<std::uint8_t> shades(256);
  std::iota(shades.begin(), shades.end(), std::uint8_t{0});
  const Tensor grey = Tensor::from({8, 32, 1}, shades);
  for (const Tensor& picture : {colour, grey}) {
    const TerminalPicture parsed = parse_sixel(apps::sixel_image(picture));
    EXPECT_EQ(parsed.height, picture.dim(0));
    EXPECT_EQ(parsed.width, picture.dim(1));
    const std::vector<int> expected = rgb(picture);
    ASSERT_EQ(parsed.rgb.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(parsed.rgb[i], expected[i], picture.dim(2) == 1 ? 3 : 8) << i;
  }
}

TEST(TerminalImage, TheEnvironmentSaysWhatATerminalHas) {
  using Environment = std::map<std::string, std::string>;
  const auto graphics = [](const Environment& environment) {
    return apps::terminal_graphics([&](const char* name) -> const char* {
      const auto found = environment.find(name);
      return found == environment.end() ? nullptr : found->second.c_str();
    });
  };
  const auto with = [](Environment environment, const Environment& more) {
    environment.insert(more.begin(), more.end());
    return environment;
  };
  const Environment colours{{"TERM", "xterm-256color"}, {"COLORTERM", "truecolor"}};
  EXPECT_EQ(graphics({}), TerminalGraphics::none);
  EXPECT_EQ(graphics({{"TERM", "xterm-256color"}}), TerminalGraphics::none) << "24-bit colour is not known";
  EXPECT_EQ(graphics({{"COLORTERM", "truecolor"}}), TerminalGraphics::none);
  EXPECT_EQ(graphics(colours), TerminalGraphics::half_blocks);
  EXPECT_EQ(graphics({{"TERM", "linux"}, {"COLORTERM", "24bit"}}), TerminalGraphics::half_blocks);
  EXPECT_EQ(graphics(with(colours, {{"NO_COLOR", "1"}})), TerminalGraphics::none);
  EXPECT_EQ(graphics(with(colours, {{"NO_COLOR", ""}})), TerminalGraphics::half_blocks);
  EXPECT_EQ(graphics({{"TERM", "dumb"}, {"COLORTERM", "truecolor"}, {"KITTY_WINDOW_ID", "1"}}), TerminalGraphics::none);

  for (const Environment& kitty :
       {Environment{{"KITTY_WINDOW_ID", "1"}}, {{"TERM_PROGRAM", "WezTerm"}}, {{"TERM_PROGRAM", "ghostty"}}}) {
    EXPECT_EQ(graphics(with(colours, kitty)), TerminalGraphics::kitty);
    EXPECT_EQ(graphics(with(with(colours, {{"TMUX", "/tmp/x"}}), kitty)), TerminalGraphics::half_blocks);
    EXPECT_EQ(graphics(with({{"TERM", "screen-256color"}}, kitty)), TerminalGraphics::none);
  }
  EXPECT_EQ(graphics({{"TERM", "xterm-kitty"}, {"NO_COLOR", "1"}}), TerminalGraphics::kitty);
  EXPECT_EQ(graphics({{"TERM", "xterm-ghostty"}}), TerminalGraphics::kitty);

  for (const char* term : {"foot", "mlterm", "contour", "yaft-256color"})
    EXPECT_EQ(graphics({{"TERM", term}}), TerminalGraphics::sixel) << term;
  for (const char* program : {"mintty", "iTerm.app"})
    EXPECT_EQ(graphics(with(colours, {{"TERM_PROGRAM", program}})), TerminalGraphics::sixel) << program;
  EXPECT_EQ(graphics(with(colours, {{"TERM_PROGRAM", "mintty"}, {"TMUX", "/tmp/x"}})), TerminalGraphics::half_blocks);
}

}  // namespace
}  // namespace wisp::testing
