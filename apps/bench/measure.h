// Timing: medians of many repetitions, because machines are noisy.
#pragma once

#include <chrono>
#include <vector>

namespace wisp::apps {

/// Seconds that one call takes.
struct Timing {
  double median;
  double best;
};

/// The median of at least one value.
double median(std::vector<double> values);

/// Median and best of at least one time.
Timing summary(const std::vector<double>& seconds);

/// Times `function` for about `seconds` and at least five times, after one call that warms caches and scratch memory.
/// Calls too short for the clock are timed in groups of a millisecond.
template <class Function>
Timing time_calls(Function function, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto run = [&](int calls) {
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) function();
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  run(1);
  int calls = 1;
  while (run(calls) < 1e-3 && calls < (1 << 20)) calls *= 2;
  std::vector<double> times;
  for (double total = 0; total < seconds || times.size() < 5; total += times.back() * calls)
    times.push_back(run(calls) / calls);
  return summary(times);
}

}  // namespace wisp::apps
