#include <wisp/core/parallel.h>

#include <limits>

namespace wisp {
namespace {

std::atomic<int>& threads_of_process() {
  static std::atomic<int> threads = omp_get_max_threads();
  return threads;
}

thread_local int limit_here = std::numeric_limits<int>::max();

}  // namespace

int num_threads() { return std::min(threads_of_process().load(std::memory_order_relaxed), limit_here); }

void set_num_threads(int threads) { threads_of_process() = std::clamp(threads, 1, most_threads); }

ThreadLimit::ThreadLimit(int threads) : limit_(limit_here, std::min(limit_here, std::max(threads, 1))) {}

}  // namespace wisp
