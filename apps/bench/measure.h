// Timing: medians of several repetitions, because machines are noisy.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace wisp::apps {

/// Seconds that one call takes.
struct Timing {
  double median;
  double best;
};

/// Times `repetitions` groups of as many calls as fill `least_seconds`.
template <class Function>
Timing time_calls(Function function, int repetitions = 7, double least_seconds = 0.1) {
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
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front()};
}

}  // namespace wisp::apps
