#include <algorithm>
#include <cmath>

#include <wisp/core/parallel.h>
#include <wisp/io/png.h>

namespace wisp {
namespace {

constexpr std::int64_t max_grid_bytes = std::int64_t{512} << 20;

std::uint8_t round_to_u8(double value) {
  if (!(value > 0)) return 0;  // NaN, too
  return value >= 255 ? 255 : static_cast<std::uint8_t>(value + 0.5);
}

void check_options(const Shape& shape, const GridOptions& options) {
  check(shape.rank() == 4 && (shape[1] == 1 || shape[1] == 3) && shape.numel() > 0,
        "make_grid: images has shape {}, expected N x C x H x W with C = 1 or 3 and nothing empty", shape);
  check(options.nrow >= 1, "make_grid: nrow is {}, expected at least 1", options.nrow);
  check(options.padding >= 0, "make_grid: padding is {}, expected at least 0", options.padding);
  check(options.pad_value >= 0 && options.pad_value <= 1, "make_grid: pad_value is {}, expected a shade in [0, 1]",
        options.pad_value);
}

}  // namespace

Tensor to_u8(const Tensor& images, std::pair<double, double> value_range) {
  const auto [low, high] = value_range;
  check(std::isfinite(low) && std::isfinite(high) && low < high && std::isfinite(high - low),
        "to_u8: value_range is [{}, {}], expected two finite numbers in increasing order", low, high);
  Tensor result = Tensor::empty(images.shape(), DType::u8);
  std::uint8_t* out = result.mutable_data<std::uint8_t>();
  visit_floating_dtype("to_u8", images.dtype(), [&]<class T>(T) {
    const T* in = images.data<T>();
    parallel_for(images.numel(), 65536, [&, low = low, high = high](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        out[i] = round_to_u8((convert<double>(in[i]) - low) * 255 / (high - low));
    });
  });
  return result;
}

Tensor make_grid(const Tensor& images, const GridOptions& options) {
  check_options(images.shape(), options);
  const Tensor pixels = images.dtype() == DType::u8 ? images : to_u8(images, options.value_range);
  const std::int64_t count = images.dim(0), channels = images.dim(1), height = images.dim(2), width = images.dim(3);
  const std::int64_t padding = count == 1 ? 0 : options.padding;
  const std::int64_t columns = std::min<std::int64_t>(options.nrow, count);
  const std::int64_t rows = divide_up(count, columns);
  const double grid_bytes = static_cast<double>(rows * (height + padding) + padding) *
                            static_cast<double>((columns * (width + padding) + padding) * channels);
  check(grid_bytes <= max_grid_bytes, "make_grid: {} images of {}x{} with padding {} make {:.3g} bytes, at most {} fit",
        count, height, width, padding, grid_bytes, max_grid_bytes);

  Tensor grid = Tensor::full({rows * (height + padding) + padding, columns * (width + padding) + padding, channels},
                             round_to_u8(options.pad_value * 255), DType::u8);
  const std::int64_t line = grid.dim(1) * channels, run = width * channels;
  const std::uint8_t* in = pixels.data<std::uint8_t>();  // channels-last, as the grid
  std::uint8_t* out = grid.mutable_data<std::uint8_t>();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t top = padding + i / columns * (height + padding);
    const std::int64_t left = padding + i % columns * (width + padding);
    for (std::int64_t y = 0; y < height; ++y)
      std::copy_n(in + (i * height + y) * run, run, out + (top + y) * line + left * channels);
  }
  return grid;
}

void save_image(const Tensor& images, const std::string& path, const GridOptions& options) {
  write_png(path, make_grid(images, options));
}

}  // namespace wisp
