// lerp: a weighted mean of two numbers; and the exponential moving average that is made of it.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include <wisp/kernels/elementwise.h>
#include <wisp/kernels/profile.h>

namespace wisp::kernels {

/// The numbers of a weighted mean: rest a + weight b with rest = 1 - weight, each rounded from double.
template <class T>
class Lerp {
 public:
  /// weight is in [0, 1]; `rest` is 1 - weight, given because one of the two is exact.
  Lerp(double weight, double rest) : weight_(static_cast<T>(weight)), rest_(static_cast<T>(rest)) {}

  /// From the nearer end, as torch.lerp: a mean of equal numbers is that number. What has a weight of 0 takes no part,
  /// infinite or not, and no difference overflows.
  T operator()(T a, T b) const {
    const T step = b - a, near = weight_ < T(0.5) ? a + weight_ * step : b - rest_ * step;
    const T mean = std::abs(step) <= std::numeric_limits<T>::max() ? near : rest_ * a + weight_ * b;
    return rest_ == 0 ? b : weight_ == 0 ? a : mean;
  }

 private:
  T weight_;
  T rest_;
};

/// averages[i] = decay averages[i] + (1 - decay) x[i] for i < count, on all threads.
template <class T>
void move_average(std::int64_t count, double decay, const T* x, T* averages) {
  const KernelTimer timer("optimizer");
  const Lerp<T> lerp(1 - decay, decay);
  parallel_for(count, elementwise_grain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) averages[i] = lerp(averages[i], x[i]);
  });
}

}  // namespace wisp::kernels
