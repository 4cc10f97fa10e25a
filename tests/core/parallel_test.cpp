// parallel_for: every index once, in chunks whose borders do not depend on the number of threads.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <mutex>
#include <new>
#include <set>
#include <thread>
#include <vector>

#include <tests/threads.h>
#include <wisp/core/error.h>
#include <wisp/core/parallel.h>

namespace wisp {
namespace {

using testing::Threads;

using Chunks = std::multiset<std::pair<std::int64_t, std::int64_t>>;

Chunks chunks(std::int64_t count, std::int64_t grain) {
  Chunks result;
  std::mutex mutex;
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::lock_guard lock(mutex);
    result.emplace(begin, end);
  });
  return result;
}

TEST(ParallelFor, ChunksAreTheSameForAnyNumberOfThreads) {
  const Chunks expected{{0, 4}, {4, 8}, {8, 12}, {12, 14}};
  for (int threads : {1, 2, 3, 8}) {
    const Threads guard(threads);
    EXPECT_EQ(chunks(14, 4), expected) << threads << " threads";
  }
}

TEST(ParallelFor, ChunksCoverExactMultiplesAndSingleChunks) {
  const Threads guard(3);
  EXPECT_EQ(chunks(8, 4), (Chunks{{0, 4}, {4, 8}}));
  EXPECT_EQ(chunks(3, 4), (Chunks{{0, 3}}));
}

TEST(ParallelFor, NothingToDoCallsNothing) {
  EXPECT_TRUE(chunks(0, 4).empty());
  EXPECT_TRUE(chunks(-3, 4).empty());
}

TEST(ParallelFor, VisitsEveryIndexOnce) {
  for (int threads : {1, 2, 5}) {
    const Threads guard(threads);
    std::vector<std::atomic<int>> visits(10'007);
    parallel_for(10'007, 13, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
    });
    for (const auto& count : visits) ASSERT_EQ(count, 1);
  }
}

TEST(ParallelFor, NestedLoopsRunOnTheThreadThatCallsThem) {
  const Threads guard(3);
  std::vector<std::atomic<int>> visits(20 * 30);
  std::atomic<int> moved = 0;
  parallel_for(20, 1, [&](std::int64_t row, std::int64_t) {
    const int thread = omp_get_thread_num(), level = omp_get_level();
    parallel_for(30, 4, [&](std::int64_t begin, std::int64_t end) {
      if (omp_get_thread_num() != thread || omp_get_level() != level) ++moved;
      for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(row * 30 + i)];
    });
  });
  EXPECT_EQ(moved, 0);
  for (const auto& count : visits) ASSERT_EQ(count, 1);
}

TEST(ParallelFor, OneChunkRunsOnTheCallingThread) {
  const Threads guard(3);
  bool parallel = true;
  parallel_for(5, 5, [&](std::int64_t, std::int64_t) { parallel = omp_in_parallel(); });
  EXPECT_FALSE(parallel);
}

TEST(ParallelFor, ThrowsWhatItsBodyThrows) {
  for (const int threads : {1, 3}) {
    const Threads guard(threads);
    std::atomic<int> begun = 0;
    const auto run = [&](std::int64_t bad) {
      parallel_for(1000, 1, [&](std::int64_t i, std::int64_t) {
        ++begun;
        if (i == bad) throw std::bad_alloc();
        if (bad < 0 && i == 700) fail("chunk 700");
      });
    };
    EXPECT_THROW(run(0), std::bad_alloc) << threads;
    EXPECT_THROW(run(999), std::bad_alloc) << threads;
    EXPECT_THROW(run(-1), Error) << threads;
    begun = 0;
    EXPECT_NO_THROW(run(1000));
    EXPECT_EQ(begun, 1000) << "and goes on to work";
  }
}

TEST(ParallelFor, NestedThrowsWhatItsBodyThrows) {
  const Threads guard(3);
  EXPECT_THROW(parallel_for(8, 1,
                            [](std::int64_t, std::int64_t) {
                              parallel_for(8, 1, [](std::int64_t i, std::int64_t) { check(i != 5, "five"); });
                            }),
               Error);
}

// How many threads a parallel_for of the calling thread has.
int team() {
  std::atomic<int> size = 1;
  parallel_for(8, 1, [&](std::int64_t, std::int64_t) {
    if (omp_in_parallel()) size = omp_get_num_threads();
  });
  return size;
}

TEST(NumThreads, IsOfTheWholeProcess) {
  const Threads guard(2);
  std::promise<void> set, seen;
  std::thread began_before([&] {
    EXPECT_EQ(num_threads(), 2);
    seen.set_value();
    set.get_future().wait();
    EXPECT_EQ(num_threads(), 3);
    EXPECT_EQ(team(), 3);
  });
  seen.get_future().wait();
  std::thread([] { set_num_threads(3); }).join();
  set.set_value();
  began_before.join();
  EXPECT_EQ(num_threads(), 3);
  EXPECT_EQ(team(), 3);
  std::thread([] {
    EXPECT_EQ(num_threads(), 3);
    EXPECT_EQ(team(), 3);
  }).join();
}

TEST(NumThreads, BeginsWithTheEnvironmentsOrTheProcessors) {
  const char* const given = std::getenv("OMP_NUM_THREADS");
  const int expected = given != nullptr ? std::atoi(given) : omp_get_num_procs();
  EXPECT_EQ(num_threads(), expected);
}

TEST(ThreadLimit, IsOfItsThreadAndScope) {
  const Threads guard(4);
  {
    const ThreadLimit three(3);
    {
      const ThreadLimit one(1), more(2), less(-5);
      EXPECT_EQ(num_threads(), 1);
      EXPECT_EQ(team(), 1);
      std::thread([] { EXPECT_EQ(num_threads(), 4); }).join();
    }
    EXPECT_EQ(num_threads(), 3);
    set_num_threads(2);
    EXPECT_EQ(num_threads(), 2) << "a limit, not a number";
    set_num_threads(5);
    EXPECT_EQ(num_threads(), 3);
  }
  EXPECT_EQ(num_threads(), 5);
}

TEST(NumThreads, IsAtLeastOne) {
  const Threads guard(0);
  EXPECT_EQ(num_threads(), 1);
  set_num_threads(4);
  EXPECT_EQ(num_threads(), 4);
}

}  // namespace
}  // namespace wisp
