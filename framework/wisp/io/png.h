// Images out: tensors to bytes, to a grid, to PNG files.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <wisp/core/tensor.h>

namespace wisp {

/// How images are laid out, after torchvision.utils.make_grid.
struct GridOptions {
  int nrow = 8;                                     ///< images per row of the grid, at least 1
  int padding = 2;                                  ///< pixels around each image, at least 0
  std::pair<double, double> value_range = {-1, 1};  ///< the values that become 0 and 255; not used for u8 images
  double pad_value = 0;                             ///< shade of the padding: 0 is black, 1 is white
};

/// f32 or f64 values of any shape to u8: value_range maps to [0, 255], values outside are clamped, the result is
/// rounded to nearest, halves up; NaN becomes 0. Throws Error for other dtypes or a range that is not finite and
/// increasing.
Tensor to_u8(const Tensor& images, std::pair<double, double> value_range = {-1, 1});

/// Lays images (N, C, H, W; f32, f64 or u8; C = 1 or 3) out as one u8 image (H', W', C). With x = min(nrow, N) columns
/// and y = ceil(N / x) rows, H' = y (H + padding) + padding and W' = x (W + padding) + padding; a single image gets no
/// padding. Cells without an image have the padding's shade. Throws Error for other shapes, dtypes or options, and for
/// a grid of more than 512 MiB.
Tensor make_grid(const Tensor& images, const GridOptions& options = {});

/// A u8 image (H, W) or (H, W, C), C = 1 (gray) or 3 (RGB), as the bytes of a PNG file; the same image gives the same
/// bytes. Throws Error for other shapes or beyond 512 MiB or 16 MiB per line.
std::vector<std::byte> encode_png(const Tensor& image);

/// Writes encode_png(image) atomically. Throws Error when the name ends otherwise than in .png (a name may have no
/// ending), IoError when the file cannot be written.
void write_png(const std::string& path, const Tensor& image);

/// write_png(path, make_grid(images, options)).
void save_image(const Tensor& images, const std::string& path, const GridOptions& options = {});

}  // namespace wisp
