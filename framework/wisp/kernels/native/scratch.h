// Work space of the kernels: per thread, grow-only, reused by every later call.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wisp::kernels::native {

/// Who uses a piece of scratch. Slots never overlap, so a thread may hold one piece of each at a time.
enum class Slot {
  shared,  ///< what the calling thread prepares for all threads
  left,    ///< a task's own block of the left operand
  right,   ///< a task's own block of the right operand
  result,  ///< a task's own block of the result
};

/// At least `bytes` of this thread's scratch for `slot`, aligned to 64 bytes. Valid until the next call with the same
/// slot on this thread.
void* scratch_bytes(Slot slot, std::size_t bytes);

/// The same for `count` elements of T.
template <class T>
T* scratch(Slot slot, std::int64_t count) {
  return static_cast<T*>(scratch_bytes(slot, static_cast<std::size_t>(count) * sizeof(T)));
}

}  // namespace wisp::kernels::native
