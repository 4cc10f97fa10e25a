#include <wisp/metrics/spectrum.h>

#include <algorithm>
#include <array>
#include <vector>

#include <wisp/core/parallel.h>
#include <wisp/metrics/features.h>

namespace wisp::metrics {
namespace {

struct Energy {
  double grid = 0, all = 0;
};

using Fours = std::array<double, 4>;

// A DFT's energy at 1/4, 1/2 and 3/4 needs only the sums over every fourth pixel: it is 4 sum_r (s_r - mean s)^2.
double off_mean(const Fours& sums) {
  const double mean = (sums[0] + sums[1] + sums[2] + sums[3]) / 4;
  double total = 0;
  for (const double sum : sums) total += (sum - mean) * (sum - mean);
  return 4 * total;
}

// The energies over H W of one channel of one image, its pixels at `step` from each other.
template <class T>
Energy energy_of(const T* pixels, std::int64_t height, std::int64_t width, std::int64_t step) {
  const std::int64_t size = height * width;
  double mean = 0;
  for (std::int64_t i = 0; i < size; ++i) mean += pixels[i * step];
  mean /= static_cast<double>(size);

  Energy energy;
  double at_rows = 0, at_columns = 0, at_both = 0;  // on the grid by horizontal frequency, by vertical, by both
  std::vector<Fours> by_column(static_cast<std::size_t>(width));
  std::array<Fours, 4> folded{};
  for (std::int64_t y = 0; y < height; ++y) {
    Fours row{};
    for (std::int64_t x = 0; x < width; ++x) {
      const double value = pixels[(y * width + x) * step] - mean;
      energy.all += value * value;
      row[x % 4] += value;
      by_column[x][y % 4] += value;
      folded[y % 4][x % 4] += value;
    }
    at_rows += off_mean(row);
  }
  for (const Fours& column : by_column) at_columns += off_mean(column);

  // The 4 x 4 sums less the mean over y: what is left has no vertical frequency 0.
  for (std::size_t x = 0; x < 4; ++x) {
    const double column_mean = (folded[0][x] + folded[1][x] + folded[2][x] + folded[3][x]) / 4;
    for (Fours& row : folded) row[x] -= column_mean;
  }
  for (const Fours& row : folded) at_both += 4 * off_mean(row);

  const auto h = static_cast<double>(height), w = static_cast<double>(width);
  energy.grid = at_rows / w + at_columns / h - at_both / (h * w);
  return energy;
}

}  // namespace

double grid_energy(const Tensor& images) {
  constexpr const char* op = "grid_energy";
  const DType dtype = images.dtype();
  const Shape& shape = images.shape();
  check((dtype == DType::u8 || dtype == DType::f32) && shape.rank() == 4 && shape.numel() > 0 && shape[2] % 4 == 0 &&
            shape[3] % 4 == 0,
        "{}: images must be u8 or f32 of shape (N, C, H, W) with H and W multiples of 4, given {} {}", op,
        name_of(dtype), shape);
  if (dtype == DType::f32) detail::check_finite(op, images);

  const std::int64_t channels = shape[1], height = shape[2], width = shape[3];
  std::vector<Energy> energies(static_cast<std::size_t>(shape[0] * channels));
  const auto measure = [&](const auto* numbers) {
    parallel_for(shape[0] * channels, 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)  // channels-last: an image's channels are interleaved
        energies[i] =
            energy_of(numbers + i / channels * channels * height * width + i % channels, height, width, channels);
    });
  };
  if (dtype == DType::u8)
    measure(images.data<std::uint8_t>());
  else
    measure(images.data<float>());

  Energy total;
  for (const Energy& energy : energies) {
    total.grid += energy.grid;
    total.all += energy.all;
  }
  return total.all > 0 ? std::clamp(total.grid / total.all, 0.0, 1.0) : 0;
}

}  // namespace wisp::metrics
