// Depthwise convolution: as many groups as channels and filters. There is nothing to multiply as matrices, so the trio
// runs over taps, vectorised over channels.
#pragma once

#include <algorithm>
#include <cstdint>

#include <wisp/core/parallel.h>
#include <wisp/kernels/conv2d_implementations.h>
#include <wisp/kernels/native/copy.h>
#include <wisp/kernels/native/packed_gemm.h>
#include <wisp/kernels/native/scratch.h>

namespace wisp::kernels::native {

/// One convolution per channel; all of the trio. Weights are held as taps x channels.
template <class T>
class Depthwise {
 public:
  explicit Depthwise(const Conv2dGeometry& geometry) : g_(geometry) {}

  static bool supports(const Conv2dGeometry& g) {
    const std::int64_t taps = g.height.kernel * g.width.kernel;
    return g.groups > 1 && g.groups == g.channels && g.groups == g.filters &&
           taps * g.channels * (most_partials + 1) <= Plan<T>::shared;
  }

  void run(Conv2dMap map, const T* first, const T* second, T* result) const {
    switch (map) {
      case Conv2dMap::conv2d: return conv2d(first, second, result);
      case Conv2dMap::grad_input: return grad_input(first, second, result);
      case Conv2dMap::grad_weight: return grad_weight(first, second, result);
    }
  }

 private:
  static constexpr std::int64_t most_partials = 16;

  void conv2d(const T* x, const T* w, T* y) const {
    const T* const weights = taps_first(w);
    parallel_for(g_.batch * g_.height.output, 1, [&](std::int64_t row, std::int64_t) {
      std::fill_n(y + row * g_.width.output * g_.channels, g_.width.output * g_.channels, T{});
      visit(row, [&](std::int64_t tap, std::int64_t from, std::int64_t to) {
        add_product(x + from, weights + tap * g_.channels, y + to);
      });
    });
  }

  void grad_input(const T* y, const T* w, T* x) const {
    const T* const weights = taps_first(w);
    const std::int64_t image = g_.height.input * g_.width.input * g_.channels;
    parallel_for(g_.batch, 1, [&](std::int64_t n, std::int64_t) {
      std::fill_n(x + n * image, image, T{});
      for (std::int64_t i = 0; i < g_.height.output; ++i) {
        visit(n * g_.height.output + i, [&](std::int64_t tap, std::int64_t to, std::int64_t from) {
          add_product(y + from, weights + tap * g_.channels, x + to);
        });
      }
    });
  }

  void grad_weight(const T* x, const T* y, T* w) const {
    const std::int64_t rows = g_.batch * g_.height.output;
    const std::int64_t partials = std::clamp<std::int64_t>(rows, 1, most_partials);
    const std::int64_t size = taps() * g_.channels;
    T* const sums = scratch<T>(Slot::shared, partials * size);
    parallel_for(partials, 1, [&](std::int64_t part, std::int64_t) {
      T* const sum = sums + part * size;
      std::fill_n(sum, size, T{});
      for (std::int64_t row = rows * part / partials; row < rows * (part + 1) / partials; ++row) {
        visit(row, [&](std::int64_t tap, std::int64_t a, std::int64_t b) {
          add_product(x + a, y + b, sum + tap * g_.channels);
        });
      }
    });
    for (std::int64_t part = 1; part < partials; ++part) add_run(sums + part * size, size, sums);
    transpose(sums, g_.channels, g_.channels, taps(), w, taps());
  }

  std::int64_t taps() const { return g_.height.kernel * g_.width.kernel; }

  const T* taps_first(const T* w) const {
    T* const weights = scratch<T>(Slot::shared, taps() * g_.channels);
    transpose(w, taps(), taps(), g_.channels, weights, g_.channels);
    return weights;
  }

  void add_product(const T* a, const T* b, T* __restrict sum) const {
    for (std::int64_t c = 0; c < g_.channels; ++c) sum[c] += a[c] * b[c];
  }

  /// Calls body(tap, offset in x, offset in y) for all taps of row `row` of the small images that meet the big image.
  template <class Body>
  void visit(std::int64_t row, const Body& body) const {
    const std::int64_t n = row / g_.height.output;
    const std::int64_t top = row % g_.height.output * g_.height.stride - g_.height.padding;
    for (std::int64_t j = 0; j < g_.width.output; ++j) {
      const std::int64_t left = j * g_.width.stride - g_.width.padding;
      for (std::int64_t a = 0; a < g_.height.kernel; ++a) {
        const std::int64_t i = top + a * g_.height.dilation;
        if (i < 0 || i >= g_.height.input) continue;
        for (std::int64_t b = 0; b < g_.width.kernel; ++b) {
          const std::int64_t q = left + b * g_.width.dilation;
          if (q < 0 || q >= g_.width.input) continue;
          body(a * g_.width.kernel + b, ((n * g_.height.input + i) * g_.width.input + q) * g_.channels,
               (row * g_.width.output + j) * g_.channels);
        }
      }
    }
  }

  const Conv2dGeometry& g_;
};

}  // namespace wisp::kernels::native
