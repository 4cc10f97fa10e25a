// Timing: medians of several repetitions, because machines are noisy.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace wisp::apps {

/// Seconds that one call takes: the median over `repetitions` of the mean of as many calls as fill `least_seconds`.
template <class Function>
double median_seconds(Function function, int repetitions = 7, double least_seconds = 0.1) {
  using Clock = std::chrono::steady_clock;
  const auto run = [&](int calls) {
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) function();
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  run(1);  // warms caches and scratch memory
  int calls = 1;
  for (double seconds = run(1); seconds < least_seconds && calls < (1 << 30); seconds = run(calls)) calls *= 2;
  std::vector<double> times;
  for (int i = 0; i < repetitions; ++i) times.push_back(run(calls) / calls);
  std::nth_element(times.begin(), times.begin() + repetitions / 2, times.end());
  return times[static_cast<std::size_t>(repetitions / 2)];
}

}  // namespace wisp::apps
