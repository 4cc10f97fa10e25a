// Interpolation of images as a sparse linear map along each axis, and its adjoint. Images are batch x height x width x
// channels. Same bits for any number of threads.
#pragma once

#include <cstdint>
#include <vector>

namespace wisp::kernels {

/// An output along an axis: (1 - second) x[first] + second x[first + 1]. Where `second` is 0 there is no x[first + 1].
struct Tap {
  std::int64_t first;
  double second;
};

/// The outputs along an axis of `input` pixels; `first` never falls.
struct InterpolationAxis {
  std::int64_t input;
  std::vector<Tap> outputs;
};

/// Every pixel `scale` times.
InterpolationAxis nearest_axis(std::int64_t input, std::int64_t scale);

/// Output i looks at position (i + 1/2) / scale - 1/2, clamped to [0, input - 1], and weighs its two neighbours.
InterpolationAxis linear_axis(std::int64_t input, std::int64_t scale);

/// Of images of `channels` channels: x of rows.input by columns.input pixels, y of as many as there are outputs.
struct Interpolation {
  std::int64_t batch, channels;
  InterpolationAxis rows, columns;
};

/// y from x. A weight of 0 takes no part: not even an infinite pixel shows in it. T is any element type; interpolated
/// values are rounded to it.
template <class T>
void interpolate(const Interpolation& interpolation, const T* x, T* y);

/// The adjoint: x[p] is the sum of y over the outputs that look at p, times their weights. Sums are of double. T is
/// float, double or bfloat16.
template <class T>
void interpolate_adjoint(const Interpolation& interpolation, const T* y, T* x);

}  // namespace wisp::kernels
