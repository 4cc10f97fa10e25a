// The caching allocator: blocks come back, and the statistics say so.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include <wisp/core/allocator.h>
#include <wisp/core/error.h>
#include <wisp/core/tensor.h>

#ifdef __SANITIZE_ADDRESS__
// The sanitizer's allocator returns null for what it cannot give, as the system's does.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
#endif

namespace wisp {
namespace {

TEST(Allocator, BlocksAreAlignedAndWritableToTheirEnd) {
  for (std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{64}, std::size_t{65}, std::size_t{511},
                            std::size_t{4097}, std::size_t{1'000'003}}) {
    void* block = allocate(bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 64, 0u) << bytes;
    std::memset(block, 0xab, bytes);
    deallocate(block, bytes);
  }
}

TEST(Allocator, BlocksInUseDoNotOverlap) {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t i = 0; i < 40; ++i) {
    const std::size_t bytes = 100 + 37 * i;
    blocks.emplace_back(static_cast<unsigned char*>(allocate(bytes)), bytes);
    std::memset(blocks.back().first, static_cast<int>(i), bytes);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (std::size_t b = 0; b < blocks[i].second; ++b) ASSERT_EQ(blocks[i].first[b], i);
    deallocate(blocks[i].first, blocks[i].second);
  }
}

TEST(Allocator, AFreedBlockIsHandedOutAgain) {
  void* block = allocate(5000);
  deallocate(block, 5000);
  const std::uint64_t requested = allocator_statistics().system_blocks;
  void* again = allocate(5000);
  EXPECT_EQ(again, block);
  EXPECT_EQ(allocator_statistics().system_blocks, requested);
  deallocate(again, 5000);
}

TEST(Allocator, ASteadyLoopRequestsNothingFromTheSystem) {
  const auto step = [] {
    const Scratch<float> a(1000), b(2000);
    const Scratch<double> c(1000);
  };
  step();
  const AllocatorStatistics before = allocator_statistics();
  for (int i = 0; i < 20; ++i) step();
  const AllocatorStatistics after = allocator_statistics();
  EXPECT_EQ(after.system_blocks, before.system_blocks);
  EXPECT_EQ(after.bytes_held, before.bytes_held);
  EXPECT_EQ(after.bytes_in_use, before.bytes_in_use);
}

TEST(Allocator, BytesInUseFollowBlocksOutAndIn) {
  constexpr std::size_t bytes = 1'000'000;
  const std::size_t before = allocator_statistics().bytes_in_use;
  void* block = allocate(bytes);
  const std::size_t taken = allocator_statistics().bytes_in_use - before;
  EXPECT_GE(taken, bytes);
  EXPECT_LE(taken, bytes * 9 / 8);  // at most an eighth is lost to rounding
  deallocate(block, bytes);
  EXPECT_EQ(allocator_statistics().bytes_in_use, before);
}

TEST(Allocator, ReleasingReturnsWhatIsNotInUse) {
  void* used = allocate(3000);
  void* freed = allocate(70'000);
  deallocate(freed, 70'000);
  EXPECT_GT(allocator_statistics().bytes_held, allocator_statistics().bytes_in_use);
  release_cached_memory();
  const AllocatorStatistics after = allocator_statistics();
  EXPECT_EQ(after.bytes_held, after.bytes_in_use);
  EXPECT_GE(after.bytes_held, 3000u);
  deallocate(used, 3000);
}

TEST(Allocator, RefusesWhatTheSystemCannotGive) {
  const AllocatorStatistics before = allocator_statistics();
  EXPECT_THROW(allocate(std::size_t{1} << 62), Error);
  EXPECT_THROW(allocate(~std::size_t{0}), Error);
  EXPECT_EQ(allocator_statistics().bytes_in_use, before.bytes_in_use);
  EXPECT_EQ(allocator_statistics().system_blocks, before.system_blocks);
}

// Lack of memory is not the caller's mistake.
TEST(Allocator, SaysHowMuchMemoryIsLacking) {
  const AllocatorStatistics before = allocator_statistics();
  constexpr std::size_t bytes = std::size_t{1} << 55;
  try {
    allocate(bytes);
    FAIL() << "got 32 PiB";
  } catch (const std::bad_alloc& error) {
    EXPECT_STREQ(error.what(), "allocate: out of memory, 36028797018963968 bytes requested");
  }
  EXPECT_THROW(Scratch<double>(std::int64_t{1} << 52), OutOfMemory);
  EXPECT_THROW(Tensor::empty({std::int64_t{1} << 53}), OutOfMemory);
  EXPECT_THROW(Tensor::full({std::int64_t{1} << 53}, 1), OutOfMemory);
  EXPECT_THROW(Tensor::empty({std::int64_t{1} << 60}), Error) << "more than can be addressed";
  EXPECT_EQ(allocator_statistics().bytes_in_use, before.bytes_in_use);
  EXPECT_STREQ(OutOfMemory("oneDNN").what(), "oneDNN: out of memory");
  EXPECT_STREQ(OutOfMemory(std::string(300, 'x').c_str()).what(), std::string(127, 'x').c_str());
}

TEST(Allocator, ThreadsGetBlocksOfTheirOwn) {
  const std::size_t before = allocator_statistics().bytes_in_use;
  std::atomic<int> torn = 0;
  const auto work = [&](unsigned char mark) {
    for (std::size_t i = 0; i < 2000; ++i) {
      Scratch<unsigned char> block(200);
      std::memset(block.data(), mark, 200);
      for (std::size_t b = 0; b < 200; ++b) torn += block.data()[b] != mark;
    }
  };
  std::thread other(work, static_cast<unsigned char>(1));
  work(2);
  other.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(allocator_statistics().bytes_in_use, before);
}

}  // namespace
}  // namespace wisp
