#include <apps/common/terminal_image.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <sixel.h>

#include <apps/common/base64.h>
#include <wisp/io/png.h>

namespace wisp::apps {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

// (H, W, 3) bytes of a grey or colour picture.
std::vector<std::uint8_t> rgb(const Tensor& picture) {
  const auto* data = picture.data<std::uint8_t>();
  const std::int64_t repeat = picture.dim(2) == 1 ? 3 : 1;
  std::vector<std::uint8_t> bytes;
  for (std::int64_t i = 0; i < picture.numel(); ++i)
    bytes.insert(bytes.end(), static_cast<std::size_t>(repeat), data[i]);
  return bytes;
}

struct Release {
  void operator()(sixel_output_t* output) const { sixel_output_unref(output); }
  void operator()(sixel_dither_t* dither) const { sixel_dither_unref(dither); }
};

void check_sixel(SIXELSTATUS status) {
  if (SIXEL_FAILED(status)) throw std::bad_alloc();  // memory is all that can fail here
}

int append(char* data, int size, void* text) {
  static_cast<std::string*>(text)->append(data, static_cast<std::size_t>(size));
  return size;
}

}  // namespace

TerminalGraphics terminal_graphics(const std::function<const char*(const char*)>& variable) {
  const auto value = [&](const char* name) -> std::string_view {
    const char* text = variable(name);
    return text == nullptr ? "" : text;
  };
  const std::string_view term = value("TERM"), program = value("TERM_PROGRAM");
  if (term.empty() || term == "dumb") return TerminalGraphics::none;
  const bool inside = !value("TMUX").empty() || term.starts_with("tmux") || term.starts_with("screen");
  if (!inside) {
    if (!value("KITTY_WINDOW_ID").empty() || is_one_of(term, {"xterm-kitty", "xterm-ghostty"}) ||
        is_one_of(program, {"WezTerm", "ghostty"}))
      return TerminalGraphics::kitty;
    if (is_one_of(term, {"foot", "mlterm", "contour", "yaft-256color"}) || is_one_of(program, {"mintty", "iTerm.app"}))
      return TerminalGraphics::sixel;
  }
  const bool colours = is_one_of(value("COLORTERM"), {"truecolor", "24bit"}) && value("NO_COLOR").empty();
  return colours ? TerminalGraphics::half_blocks : TerminalGraphics::none;
}

std::string half_blocks(const Tensor& picture) {
  const std::int64_t height = picture.dim(0), width = picture.dim(1);
  const std::vector<std::uint8_t> pixels = rgb(picture);
  std::string text;
  for (std::int64_t y = 0; y < height; y += 2) {
    for (std::int64_t x = 0; x < width; ++x) {
      const std::uint8_t* upper = &pixels[static_cast<std::size_t>(3 * (y * width + x))];
      fmt::format_to(std::back_inserter(text), "\033[38;2;{};{};{}", upper[0], upper[1], upper[2]);
      if (y + 1 < height) {
        const std::uint8_t* lower = upper + 3 * width;
        fmt::format_to(std::back_inserter(text), ";48;2;{};{};{}", lower[0], lower[1], lower[2]);
      }
      text += "m\u2580";
    }
    text += "\033[0m\n";
  }
  return text;
}

std::string kitty_image(const Tensor& picture) {
  constexpr std::size_t piece = 4096;
  const std::string content = base64(encode_png(picture));
  std::string text;
  for (std::size_t at = 0; at < content.size(); at += piece)
    // Some terminals forget q, "do not answer", after the first piece.
    text += fmt::format("\033_G{}q=2,m={};{}\033\\", at == 0 ? "a=T,f=100," : "", at + piece < content.size() ? 1 : 0,
                        content.substr(at, piece));
  return text + "\n";
}

std::string sixel_image(const Tensor& picture) {
  const int height = static_cast<int>(picture.dim(0)), width = static_cast<int>(picture.dim(1));
  const bool grey = picture.dim(2) == 1;
  std::vector<std::uint8_t> pixels = picture.values<std::uint8_t>();
  std::string text;
  sixel_output_t* new_output = nullptr;
  check_sixel(sixel_output_new(&new_output, append, &text, nullptr));
  const std::unique_ptr<sixel_output_t, Release> output(new_output);
  sixel_dither_t* new_dither = nullptr;
  if (grey)
    new_dither = sixel_dither_get(SIXEL_BUILTIN_G8);
  else
    check_sixel(sixel_dither_new(&new_dither, 256, nullptr));
  const std::unique_ptr<sixel_dither_t, Release> dither(new_dither);
  check_sixel(dither ? SIXEL_OK : SIXEL_BAD_ALLOCATION);
  if (grey)
    sixel_dither_set_pixelformat(dither.get(), SIXEL_PIXELFORMAT_G8);
  else
    check_sixel(sixel_dither_initialize(dither.get(), pixels.data(), width, height, SIXEL_PIXELFORMAT_RGB888,
                                        SIXEL_LARGE_AUTO, SIXEL_REP_AUTO, SIXEL_QUALITY_HIGH));
  check_sixel(sixel_encode(pixels.data(), width, height, 3, dither.get(), output.get()));
  return text + "\n";
}

}  // namespace wisp::apps
