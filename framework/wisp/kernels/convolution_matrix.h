// The matrix of a convolution: for every pair of a pixel of x and a pixel of y (see conv2d.h) the weight that joins
// them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <wisp/kernels/conv2d.h>

namespace wisp::kernels {

/// Calls visit(place in w, place in the matrix) for every entry that holds a weight. w lies in memory as for conv2d;
/// the matrix is row-major, with a row for every (filter, i, j) of y and a column for every (channel, i, j) of x. The
/// batch of the geometry plays no part.
template <class Visit>
void visit_convolution_matrix(const Conv2dGeometry& g, Visit visit) {
  if (g.weight_numel() == 0) return;  // however large the image is
  const Conv2dAxis &h = g.height, &w = g.width;
  const std::int64_t channels = g.channels / g.groups, filters = g.filters / g.groups;
  const std::int64_t columns = g.channels * h.input * w.input;
  for (std::int64_t f = 0; f < g.filters; ++f)
    for (std::int64_t i = 0; i < h.output; ++i)
      for (std::int64_t j = 0; j < w.output; ++j) {
        const std::int64_t row = (f * h.output + i) * w.output + j;
        for (std::int64_t a = 0; a < h.kernel; ++a)
          for (std::int64_t b = 0; b < w.kernel; ++b) {
            const std::int64_t y = i * h.stride - h.padding + a * h.dilation;
            const std::int64_t x = j * w.stride - w.padding + b * w.dilation;
            if (y < 0 || y >= h.input || x < 0 || x >= w.input) continue;
            for (std::int64_t c = 0; c < channels; ++c)
              visit(((f * h.kernel + a) * w.kernel + b) * channels + c,
                    row * columns + ((f / filters * channels + c) * h.input + y) * w.input + x);
          }
      }
}

/// Writes the weights to their places in the matrix; all else stays.
template <class T>
void spread_weights(const Conv2dGeometry& geometry, const T* w, T* matrix) {
  visit_convolution_matrix(geometry, [=](std::int64_t at, std::int64_t entry) { matrix[entry] = w[at]; });
}

/// The adjoint: w = for every weight the sum of the entries that hold it, in double.
template <class T>
void collect_weights(const Conv2dGeometry& geometry, const T* matrix, T* w) {
  std::vector<double> sums(static_cast<std::size_t>(geometry.weight_numel()));
  visit_convolution_matrix(geometry, [&](std::int64_t at, std::int64_t entry) {
    sums[static_cast<std::size_t>(at)] += static_cast<double>(matrix[entry]);
  });
  std::transform(sums.begin(), sums.end(), w, convert<T, double>);
}

}  // namespace wisp::kernels
