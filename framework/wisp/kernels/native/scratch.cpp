#include <wisp/kernels/native/scratch.h>

#include <array>

#include <wisp/core/allocator.h>

namespace wisp::kernels::native {
namespace {

class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { release(); }

  void* reserve(std::size_t bytes) {
    if (bytes > size_) {
      release();
      data_ = allocate(bytes);
      size_ = bytes;
    }
    return data_;
  }

 private:
  void release() {
    if (data_ != nullptr) deallocate(data_, size_);
    data_ = nullptr;
    size_ = 0;
  }

  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace

void* scratch_bytes(Slot slot, std::size_t bytes) {
  thread_local std::array<Buffer, 4> buffers;
  return buffers[static_cast<std::size_t>(slot)].reserve(bytes);
}

}  // namespace wisp::kernels::native
