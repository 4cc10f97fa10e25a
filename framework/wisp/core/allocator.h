// A caching allocator: freed blocks are kept by size class and handed out again, so a steady training step asks the
// system for nothing. Thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <wisp/core/scoped_value.h>

namespace wisp {

/// What the caching allocator has done since the program started.
struct AllocatorStatistics {
  std::uint64_t system_blocks = 0;  ///< blocks ever requested from the system
  std::size_t bytes_held = 0;       ///< bytes obtained from the system and not returned
  std::size_t bytes_in_use = 0;     ///< of these, bytes handed out now
};

/// More bytes cannot be addressed: a user's half of 57 bits.
inline constexpr std::size_t most_bytes = std::size_t{1} << 56;

/// A block of at least `bytes` bytes, aligned to 64. Throws OutOfMemory when the system has no memory left, and Error
/// above most_bytes.
void* allocate(std::size_t bytes);

/// Takes a block back into the cache; `bytes` is what allocate was asked for.
void deallocate(void* block, std::size_t bytes) noexcept;

/// What the allocator holds now.
AllocatorStatistics allocator_statistics();

/// Returns all cached blocks to the system.
void release_cached_memory();

/// While it lives, allocate() gives this thread at most `bytes` more bytes than it gives back, and throws Error beyond:
/// for what is built as a file says.
class AllocationLimit {
 public:
  explicit AllocationLimit(std::size_t bytes);

 private:
  std::size_t left_;
  detail::ScopedValue<std::size_t*> innermost_;
};

/// An uninitialised array from the caching allocator, for the length of a scope.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::int64_t count)
      : bytes_(std::min(static_cast<std::size_t>(count), most_bytes) * sizeof(T)), data_(allocate(bytes_)) {}
  ~Scratch() { deallocate(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  T* data() { return static_cast<T*>(data_); }

 private:
  std::size_t bytes_;
  void* data_;
};

}  // namespace wisp
