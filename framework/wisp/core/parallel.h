// parallel_for: the one door to threads.
//
// Chunk borders depend on `count` and `grain` alone, never on the number of threads, so a computation that is
// deterministic per chunk is deterministic altogether. The body must not throw.
#pragma once

#include <algorithm>
#include <cstdint>

#include <omp.h>

namespace wisp {

/// Number of threads parallel_for uses; at first OMP_NUM_THREADS or the number of processors.
inline int num_threads() { return omp_get_max_threads(); }

/// Sets the number of threads; values below 1 count as 1.
inline void set_num_threads(int threads) { omp_set_num_threads(std::max(threads, 1)); }

/// a / b for b > 0 and a >= 0, rounded up: how many parts of size b hold a.
constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// The least multiple of b > 0 that is at least a >= 0.
constexpr std::int64_t round_up(std::int64_t a, std::int64_t b) { return divide_up(a, b) * b; }

/// Calls body(begin, end) for the chunks [0, grain), [grain, 2 grain), ... of [0, count).
/// Runs on the calling thread when there is one chunk, or inside another parallel_for.
template <class Body>
void parallel_for(std::int64_t count, std::int64_t grain, Body&& body) {
  if (count <= 0) return;
  const std::int64_t chunks = divide_up(count, grain);
  const auto run = [&](std::int64_t chunk) { body(chunk * grain, std::min(count, (chunk + 1) * grain)); };
  if (chunks == 1 || omp_in_parallel() || num_threads() == 1) {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) run(chunk);
    return;
  }
#pragma omp parallel for schedule(static)
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) run(chunk);
}

}  // namespace wisp
