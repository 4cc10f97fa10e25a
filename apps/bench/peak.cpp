#include <apps/bench/peak.h>

#include <atomic>

#include <apps/bench/measure.h>
#include <wisp/core/parallel.h>
#include <wisp/kernels/native/simd.h>

namespace wisp::apps {
namespace {

using Simd = kernels::native::Simd<float>;

constexpr int chains = 12;  // enough to hide the latency of two units, few enough for 16 registers
constexpr int rounds = 1 << 16;

// A number the compiler cannot know, and a place to leave the result.
volatile float factor = 0.999f;
std::atomic<float> sink;

float multiply_add_loop() {
  const float value = factor;
  Simd::Vector sums[chains], scale = {}, step = {};
  scale += value;
  step += 1.0f - value;
  for (int c = 0; c < chains; ++c) sums[c] = scale * static_cast<float>(c);
  for (int i = 0; i < rounds; ++i)
#pragma GCC unroll 12
    for (int c = 0; c < chains; ++c) sums[c] = sums[c] * scale + step;
  float total = 0;
  for (int c = 0; c < chains; ++c)
    for (int lane = 0; lane < Simd::lanes; ++lane) total += sums[c][lane];
  return total;
}

}  // namespace

double peak_gflops() {
  const int threads = num_threads();
  const Timing timing =
      time_calls([threads] { parallel_for(threads, 1, [](auto, auto) { sink = multiply_add_loop(); }); });
  return 2.0 * chains * Simd::lanes * rounds * threads / timing.best * 1e-9;
}

}  // namespace wisp::apps
