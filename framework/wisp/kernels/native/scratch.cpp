#include <wisp/kernels/native/scratch.h>

#include <array>
#include <memory>

#include <wisp/core/allocator.h>

namespace wisp::kernels::native {

void* scratch_bytes(Slot slot, std::size_t bytes) {
  struct Buffer {
    std::unique_ptr<Scratch<std::byte>> block;
    std::size_t size = 0;
  };
  thread_local std::array<Buffer, 4> buffers;
  Buffer& buffer = buffers[static_cast<std::size_t>(slot)];
  if (!buffer.block || bytes > buffer.size) {
    buffer.block.reset();  // before more is asked for
    buffer.block = std::make_unique<Scratch<std::byte>>(static_cast<std::int64_t>(bytes));
    buffer.size = bytes;
  }
  return buffer.block->data();
}

}  // namespace wisp::kernels::native
