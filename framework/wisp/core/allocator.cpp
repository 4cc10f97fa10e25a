#include <wisp/core/allocator.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <wisp/core/error.h>

namespace wisp {
namespace {

constexpr std::size_t alignment = 64;

thread_local std::size_t* bytes_left = nullptr;  // of the innermost AllocationLimit

struct Cache {
  std::mutex mutex;
  std::unordered_map<std::size_t, std::vector<void*>> free_blocks;  // by size class
  AllocatorStatistics statistics;
};

// Never destroyed: tensors with static lifetime may outlive any static object.
Cache& cache() {
  static Cache* instance = new Cache;
  return *instance;
}

// Sizes are rounded up to an eighth of their power of two, so at most 12.5 % of a block above 512 bytes is lost.
std::size_t size_class(std::size_t bytes) {
  const std::size_t step = std::max(alignment, std::bit_floor(bytes) / 8);
  return (std::max(bytes, std::size_t{1}) + step - 1) / step * step;
}

void release_free_blocks(Cache& held) {
  for (auto& [size, blocks] : held.free_blocks) {
    for (void* block : blocks) std::free(block);
    held.statistics.bytes_held -= size * blocks.size();
  }
  held.free_blocks.clear();
}

}  // namespace

void* allocate(std::size_t bytes) {
  check(bytes <= most_bytes, "allocate: {} bytes cannot be addressed", bytes);
  if (bytes_left != nullptr) {
    check(bytes <= *bytes_left, "{} bytes are needed, at most {} more were expected", bytes, *bytes_left);
    *bytes_left -= bytes;
  }
  const std::size_t size = size_class(bytes);
  Cache& held = cache();
  const std::lock_guard lock(held.mutex);
  auto& blocks = held.free_blocks[size];
  void* block = nullptr;
  if (!blocks.empty()) {
    block = blocks.back();
    blocks.pop_back();
  } else {
    block = std::aligned_alloc(alignment, size);
    if (block == nullptr) {
      release_free_blocks(held);
      block = std::aligned_alloc(alignment, size);
    }
    if (block == nullptr) throw OutOfMemory("allocate", bytes);
    ++held.statistics.system_blocks;
    held.statistics.bytes_held += size;
  }
  held.statistics.bytes_in_use += size;
  return block;
}

void deallocate(void* block, std::size_t bytes) noexcept {
  const std::size_t size = size_class(bytes);
  Cache& held = cache();
  const std::lock_guard lock(held.mutex);
  held.statistics.bytes_in_use -= size;
  if (bytes_left != nullptr) *bytes_left += bytes;
  try {
    held.free_blocks[size].push_back(block);
  } catch (const std::bad_alloc&) {  // no memory to remember it
    std::free(block);
    held.statistics.bytes_held -= size;
  }
}

AllocationLimit::AllocationLimit(std::size_t bytes) : left_(bytes), innermost_(bytes_left, &left_) {}

AllocatorStatistics allocator_statistics() {
  Cache& held = cache();
  const std::lock_guard lock(held.mutex);
  return held.statistics;
}

void release_cached_memory() {
  Cache& held = cache();
  const std::lock_guard lock(held.mutex);
  release_free_blocks(held);
}

}  // namespace wisp
