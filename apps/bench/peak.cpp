#include <apps/bench/peak.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include <apps/bench/measure.h>
#include <wisp/core/parallel.h>
#include <wisp/core/tensor.h>
#include <wisp/kernels/gemm_implementations.h>
#include <wisp/kernels/native/simd.h>
#include <wisp/kernels/registry.h>

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

double f32_peak(double seconds) {
  const int threads = num_threads();
  const Timing timing =
      time_calls([threads] { parallel_for(threads, 1, [](auto, auto) { sink = multiply_add_loop(); }); }, seconds);
  return 2.0 * chains * Simd::lanes * rounds * threads / timing.best * 1e-9;
}

double bf16_peak(double seconds) {
  const kernels::GemmImplementation& fastest = kernels::gemm_implementations().front();
  double peak = 0;
  for (const std::int64_t n : {1024, 1536, 2048}) {
    const Tensor a = Tensor::ones({n, n}, DType::bf16), b = Tensor::ones({n, n}, DType::bf16);
    Tensor c = Tensor::empty({n, n}, DType::bf16);
    const kernels::GemmProblem problem{n, n, n, n, false, n, false, n, DType::bf16, DType::bf16};
    const Timing timing = time_calls(
        [&] { fastest.run(problem, a.data<bfloat16>(), b.data<bfloat16>(), c.mutable_data<bfloat16>()); }, seconds / 3);
    peak = std::max(peak, 2.0 * std::pow(static_cast<double>(n), 3) / timing.best * 1e-9);
  }
  return peak;
}

}  // namespace

std::optional<double> peak_gflops(DType dtype, double seconds) {
  if (dtype == DType::f32) return f32_peak(seconds);
  if (dtype == DType::bf16 && kernels::has_fast_bf16()) return bf16_peak(seconds);
  return std::nullopt;
}

}  // namespace wisp::apps
