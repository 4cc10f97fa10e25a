// Pooling of images (batch x height x width x channels) over windows: an axis's kernel, stride, padding and dilation
// say where the windows of its outputs lie.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>
#include <wisp/kernels/conv2d.h>

namespace wisp::kernels {

/// Calls visit(position) for the pixels of window `at` that lie inside the image.
template <class Visit>
void visit_window(const Conv2dAxis& axis, std::int64_t at, Visit visit) {
  const std::int64_t start = at * axis.stride - axis.padding, end = start + axis.kernel * axis.dilation;
  const std::int64_t outside = start < 0 ? divide_up(-start, axis.dilation) : 0;
  for (std::int64_t position = start + outside * axis.dilation; position < std::min(end, axis.input);
       position += axis.dilation)
    visit(position);
}

/// For every output, in its place in memory, where in x its window's first largest pixel lies, or its last NaN.
template <class T>
void largest_pixels(std::int64_t batch, std::int64_t channels, const Conv2dAxis& height, const Conv2dAxis& width,
                    const T* x, std::int64_t* places) {
  if (channels == 0) return;  // however large the image is
  parallel_for(batch * height.output, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      for (std::int64_t j = 0; j < width.output; ++j)
        for (std::int64_t c = 0; c < channels; ++c) {
          std::int64_t best = -1;
          visit_window(height, row % height.output, [&](std::int64_t h) {
            visit_window(width, j, [&](std::int64_t w) {
              const std::int64_t at = ((row / height.output * height.input + h) * width.input + w) * channels + c;
              if (best < 0 || widen(x[at]) > widen(x[best]) || std::isnan(widen(x[at]))) best = at;
            });
          });
          places[(row * width.output + j) * channels + c] = best;
        }
  });
}

/// For every element along an axis those along another that it is the sum of: [first, last).
using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// The pixels of every window, which has no dilation.
inline Ranges pixels_of_windows(const Conv2dAxis& axis) {
  Ranges ranges;
  for (std::int64_t at = 0; at < axis.output; ++at) {
    const std::int64_t first = at * axis.stride - axis.padding;
    ranges.emplace_back(std::max<std::int64_t>(first, 0), std::min(first + axis.kernel, axis.input));
  }
  return ranges;
}

/// The windows that every pixel is in.
inline Ranges windows_of_pixels(const Conv2dAxis& axis) {
  Ranges ranges;
  for (std::int64_t at = 0; at < axis.input; ++at) {
    const std::int64_t last = at + axis.padding;  // where the last window begins that may hold it
    ranges.emplace_back(divide_up(std::max<std::int64_t>(last - axis.kernel + 1, 0), axis.stride),
                        std::min(last / axis.stride + 1, axis.output));
  }
  return ranges;
}

/// y[n, i, j, c] = the sum of x[n, rows[i], columns[j], c] / size, summed in double; x has height x width pixels.
template <class T>
void window_means(std::int64_t batch, std::int64_t height, std::int64_t width, std::int64_t channels,
                  const Ranges& rows, const Ranges& columns, double size, const T* x, T* y) {
  const auto outputs = static_cast<std::int64_t>(rows.size());
  Scratch<double> scratch(batch * outputs * channels);
  double* const all_sums = scratch.data();
  parallel_for(batch * outputs, 1, [&](std::int64_t begin, std::int64_t end) {
    T* to = y + begin * static_cast<std::int64_t>(columns.size()) * channels;
    for (std::int64_t row = begin; row < end; ++row) {
      double* const sums = all_sums + row * channels;
      const auto [top, bottom] = rows[static_cast<std::size_t>(row % outputs)];
      for (const auto& [left, right] : columns) {
        std::fill_n(sums, channels, 0.0);
        for (std::int64_t h = top; h < bottom; ++h) {
          const T* from = x + ((row / outputs * height + h) * width + left) * channels;
          for (std::int64_t w = left; w < right; ++w)
            for (std::int64_t c = 0; c < channels; ++c) sums[c] += convert<double>(*from++);
        }
        for (std::int64_t c = 0; c < channels; ++c) *to++ = convert<T>(sums[c] / size);
      }
    }
  });
}

}  // namespace wisp::kernels
