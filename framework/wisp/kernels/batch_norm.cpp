#include <wisp/kernels/batch_norm.h>

#include <algorithm>

#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>

namespace wisp::kernels {
namespace {

// Sums of K quantities per channel over all rows: add(r, sums) adds row r's terms to sums[k * channels + c].
// Rows are summed in T in chunks of fixed size, chunks in double in their order.
template <int K, class T, class Add>
void column_sums(std::int64_t rows, std::int64_t channels, double* totals, Add add) {
  constexpr std::int64_t grain = 128;
  const std::int64_t width = K * channels, chunks = (rows + grain - 1) / grain;
  Scratch<T> partial(chunks * width);
  T* partials = partial.data();
  parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    T* sums = partials + begin / grain * width;
    std::fill_n(sums, width, T{0});
    for (std::int64_t r = begin; r < end; ++r) add(r, sums);
  });
  std::fill_n(totals, width, 0.0);
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk)
    for (std::int64_t c = 0; c < width; ++c) totals[c] += static_cast<double>(partials[chunk * width + c]);
}

std::int64_t row_grain(std::int64_t channels) {
  return std::max<std::int64_t>(16384 / std::max<std::int64_t>(channels, 1), 1);
}

}  // namespace

template <class T>
void batch_norm_statistics(std::int64_t rows, std::int64_t channels, const T* x, T* mean, T* variance) {
  Scratch<double> total(channels);
  double* totals = total.data();
  column_sums<1, T>(rows, channels, totals, [=](std::int64_t r, T* sums) {
    const T* row = x + r * channels;
    for (std::int64_t c = 0; c < channels; ++c) sums[c] += row[c];
  });
  for (std::int64_t c = 0; c < channels; ++c) mean[c] = static_cast<T>(totals[c] / static_cast<double>(rows));
  column_sums<1, T>(rows, channels, totals, [=](std::int64_t r, T* sums) {
    const T* row = x + r * channels;
    for (std::int64_t c = 0; c < channels; ++c) sums[c] += (row[c] - mean[c]) * (row[c] - mean[c]);
  });
  for (std::int64_t c = 0; c < channels; ++c) variance[c] = static_cast<T>(totals[c] / static_cast<double>(rows));
}

template <class T>
void batch_norm_normalize(std::int64_t rows, std::int64_t channels, const T* x, const T* mean,
                          const T* inverse_deviation, const T* weight, const T* bias, T* y) {
  Scratch<T> scale_buffer(channels);
  T* scale = scale_buffer.data();
  for (std::int64_t c = 0; c < channels; ++c) scale[c] = inverse_deviation[c] * weight[c];
  parallel_for(rows, row_grain(channels), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      for (std::int64_t c = 0; c < channels; ++c) {
        const std::int64_t i = r * channels + c;
        y[i] = (x[i] - mean[c]) * scale[c] + bias[c];
      }
  });
}

template <class T>
void batch_norm_backward(std::int64_t rows, std::int64_t channels, const T* g, const T* x, const T* mean,
                         const T* inverse_deviation, const T* weight, T* grad_x, T* grad_weight, T* grad_bias) {
  Scratch<double> total(2 * channels);
  double* totals = total.data();
  column_sums<2, T>(rows, channels, totals, [=](std::int64_t r, T* sums) {
    const T* g_row = g + r * channels;
    const T* x_row = x + r * channels;
    T* products = sums + channels;
    for (std::int64_t c = 0; c < channels; ++c) sums[c] += g_row[c];
    for (std::int64_t c = 0; c < channels; ++c) products[c] += g_row[c] * (x_row[c] - mean[c]);
  });
  // grad_x = scale (g - offset - (x - mean) slope)
  Scratch<T> coefficients(3 * channels);
  T* scale = coefficients.data();
  T* offset = scale + channels;
  T* slope = offset + channels;
  const double count = static_cast<double>(rows);
  for (std::int64_t c = 0; c < channels; ++c) {
    const double inverse = inverse_deviation[c];
    grad_bias[c] = static_cast<T>(totals[c]);
    grad_weight[c] = static_cast<T>(totals[channels + c] * inverse);
    scale[c] = inverse_deviation[c] * weight[c];
    offset[c] = static_cast<T>(totals[c] / count);
    slope[c] = static_cast<T>(totals[channels + c] * inverse * inverse / count);
  }
  parallel_for(rows, row_grain(channels), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      for (std::int64_t c = 0; c < channels; ++c) {
        const std::int64_t i = r * channels + c;
        grad_x[i] = scale[c] * (g[i] - offset[c] - (x[i] - mean[c]) * slope[c]);
      }
  });
}

template void batch_norm_statistics(std::int64_t, std::int64_t, const float*, float*, float*);
template void batch_norm_statistics(std::int64_t, std::int64_t, const double*, double*, double*);
template void batch_norm_normalize(std::int64_t, std::int64_t, const float*, const float*, const float*, const float*,
                                   const float*, float*);
template void batch_norm_normalize(std::int64_t, std::int64_t, const double*, const double*, const double*,
                                   const double*, const double*, double*);
template void batch_norm_backward(std::int64_t, std::int64_t, const float*, const float*, const float*, const float*,
                                  const float*, float*, float*, float*);
template void batch_norm_backward(std::int64_t, std::int64_t, const double*, const double*, const double*,
                                  const double*, const double*, double*, double*, double*);

}  // namespace wisp::kernels
