// The newest sample grid in the terminal that stderr is.
#pragma once

#include <apps/common/terminal_image.h>
#include <wisp/io/png.h>

namespace wisp::apps {

/// The grid of images (N, C, size, size; u8, or f32 in [-1, 1]) of so many columns as save_image lays it out, u8 (H, W,
/// C). Where that is wider than `most_width` pixels, of images made smaller so that it is not: averages over areas,
/// with one pixel of padding. Nothing (an undefined tensor) where not even images of 4 pixels have room.
Tensor preview_grid(const Tensor& images, std::int64_t most_width, int columns = GridOptions{}.nrow);

class Preview {
 public:
  /// Shows nothing unless it is `wanted`, stderr is a terminal, and terminal_graphics knows that it shows pictures.
  explicit Preview(bool wanted);

  /// Prints the images in so many columns at the start of a line.
  void show(const Tensor& images, int columns) const;

 private:
  TerminalGraphics graphics_;
};

}  // namespace wisp::apps
