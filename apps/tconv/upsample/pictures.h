// Pictures as PNG files, and parts of pictures small enough for a page.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <wisp/core/tensor.h>

namespace wisp::apps {

/// Pictures here are u8 (C, 1, H, W).

/// A rectangle of pixels.
struct Window {
  std::int64_t left = 0;
  std::int64_t top = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;

  bool operator==(const Window&) const = default;
  /// The same place in a picture `scale` times larger, or smaller.
  Window times(std::int64_t scale) const { return {left * scale, top * scale, width * scale, height * scale}; }
  Window over(std::int64_t scale) const { return {left / scale, top / scale, width / scale, height / scale}; }
};

/// The whole picture.
Window whole(const Tensor& picture);

/// The part of the picture inside the window.
Tensor cut(const Tensor& picture, const Window& window);

/// As an image (H, W, C).
Tensor image_of(const Tensor& picture);

/// What an <img> shows the picture from.
std::string picture_address(const Tensor& picture);

/// The characters that picture_address makes of the window's part of the pictures.
std::size_t address_size(const std::vector<Tensor>& pictures, const Window& window);

/// The largest window, in shape like the pictures (all of one size), around the middle of `detail`, of which the
/// addresses take at most `budget` characters: the whole pictures, whose addresses take `size`, where they do. Its
/// numbers are multiples of `step`, of which H and W must be multiples, and its sides at least those of `detail` as far
/// as the pictures reach.
Window largest_window(const std::vector<Tensor>& pictures, std::size_t size, const Window& detail, std::int64_t step,
                      std::size_t budget);

}  // namespace wisp::apps
