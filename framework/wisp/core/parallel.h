// parallel_for: the one door to threads.
//
// Chunk borders depend on `count` and `grain` alone, never on the number of threads, so a computation that is
// deterministic per chunk is deterministic altogether.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>

#include <omp.h>

#include <wisp/core/scoped_value.h>

namespace wisp {

/// Number of threads that parallel_for uses when it is called here: what set_num_threads says, or less under a
/// ThreadLimit. At first OMP_NUM_THREADS or the number of processors.
int num_threads();

/// More threads are never started: where the system refuses one, OpenMP ends the process.
inline constexpr int most_threads = 1024;

/// Sets the number of threads for the whole process: all of its threads, those that run already and those to come.
/// Values below 1 count as 1, those above most_threads as that.
void set_num_threads(int threads);

/// Holds the calling thread to at most that many threads (below 1 counts as 1) for as long as it lives.
class ThreadLimit {
 public:
  explicit ThreadLimit(int threads);

 private:
  detail::ScopedValue<int> limit_;
};

/// a / b for b > 0 and a >= 0, rounded up: how many parts of size b hold a.
constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// The least multiple of b > 0 that is at least a >= 0.
constexpr std::int64_t round_up(std::int64_t a, std::int64_t b) { return divide_up(a, b) * b; }

/// Calls body(begin, end) for the chunks [0, grain), [grain, 2 grain), ... of [0, count).
/// Runs on the calling thread when there is one chunk, or inside another parallel_for. What the body throws is thrown
/// again here, and chunks that have not begun are left out; where several throw, it is one of them.
template <class Body>
void parallel_for(std::int64_t count, std::int64_t grain, Body&& body) {
  if (count <= 0) return;
  const std::int64_t chunks = divide_up(count, grain);
  const auto run = [&](std::int64_t chunk) { body(chunk * grain, std::min(count, (chunk + 1) * grain)); };
  const int threads = num_threads();
  if (chunks == 1 || omp_in_parallel() || threads == 1) {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) run(chunk);
    return;
  }
  std::atomic<bool> failed = false;
  std::exception_ptr failure;
#pragma omp parallel for schedule(static) num_threads(threads)
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    if (failed.load(std::memory_order_relaxed)) continue;
    try {
      run(chunk);
    } catch (...) {
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace wisp
