// Group normalisation of images: batch x pixels x channels, channel innermost. A group is some neighbouring channels of
// one image.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>
#include <wisp/kernels/batch_norm.h>
#include <wisp/kernels/profile.h>

namespace wisp::kernels {

/// Each of the means becomes that of its group. What is averaged are differences from the group's first mean, so that
// the mean of equal numbers is that number.
inline void average_groups(std::int64_t channels, std::int64_t groups, double* means) {
  const std::int64_t size = channels / groups;
  for (double* group = means; group < means + channels; group += size) {
    const double first = std::isfinite(group[0]) ? group[0] : 0.0;
    double sum = 0;
    for (std::int64_t c = 0; c < size; ++c) sum += group[c] - first;
    std::fill_n(group, size, first + sum / static_cast<double>(size));
  }
}

/// y = x - means in every pixel. A function of its own: only where the compiler sees every pointer as a restricted
/// parameter does it vectorise.
template <class T>
void subtract_means(std::int64_t pixels, std::int64_t channels, const T* __restrict x, const double* __restrict means,
                    T* __restrict y) {
  for (std::int64_t i = 0; i < pixels; ++i, x += channels, y += channels)
    for (std::int64_t c = 0; c < channels; ++c) y[c] = static_cast<T>(static_cast<double>(x[c]) - means[c]);
}

/// y = x less the mean of its group, which is computed and subtracted in double: 0 where a group is constant. T is
/// float or double.
template <class T>
void center_groups(std::int64_t batch, std::int64_t pixels, std::int64_t channels, std::int64_t groups, const T* x,
                   T* y) {
  const KernelTimer timer("group_norm");
  parallel_for(batch, 1, [=](std::int64_t begin, std::int64_t end) {
    Scratch<double> statistics(2 * channels);
    double *const means = statistics.data(), *const variances = means + channels;
    for (std::int64_t n = begin; n < end; ++n) {
      const std::int64_t image = n * pixels * channels;
      batch_norm_statistics(pixels, channels, x + image, means, variances);
      average_groups(channels, groups, means);
      subtract_means(pixels, channels, x + image, means, y + image);
    }
  });
}

}  // namespace wisp::kernels
