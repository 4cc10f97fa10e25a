#include <apps/dcgan/preview.h>

#include <algorithm>
#include <cstdlib>

#include <unistd.h>

#include <apps/common/progress.h>
#include <wisp/core/diagnostics.h>
#include <wisp/data/data_loader.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t smallest_image = 4;

}  // namespace

Tensor preview_grid(const Tensor& images, std::int64_t most_width, int columns) {
  const Tensor pixels = images.dtype() == DType::u8 ? images : to_u8(images);
  const Tensor grid = make_grid(pixels, {.nrow = columns});
  if (grid.dim(1) <= most_width) return grid;
  const std::int64_t across = std::min<std::int64_t>(columns, images.dim(0)), size = (most_width - 1) / across - 1;
  if (size < smallest_image) return {};
  DataLoader resized({pixels}, {.batch_size = images.dim(0), .image_size = static_cast<int>(size)});
  return make_grid(resized.batch(0, 0).images, {.nrow = columns, .padding = 1});
}

Preview::Preview(bool wanted)
    : graphics_(wanted && isatty(STDERR_FILENO) == 1 ? terminal_graphics(std::getenv) : TerminalGraphics::none) {}

void Preview::show(const Tensor& images, int columns) const {
  if (graphics_ == TerminalGraphics::none) return;
  const TerminalSize terminal = terminal_size();
  const bool blocks = graphics_ == TerminalGraphics::half_blocks;
  const Tensor grid = preview_grid(images, blocks ? terminal.columns - 1 : terminal.pixels, columns);
  if (!grid.defined()) return;
  const std::string text = blocks                                 ? half_blocks(grid)
                           : graphics_ == TerminalGraphics::sixel ? sixel_image(grid)
                                                                  : kitty_image(grid);
  write_diagnostics(text);
}

}  // namespace wisp::apps
