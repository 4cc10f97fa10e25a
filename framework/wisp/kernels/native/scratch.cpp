#include <wisp/kernels/native/scratch.h>

#include <array>
#include <new>

namespace wisp::kernels::native {
namespace {

class Buffer {
 public:
  static constexpr std::align_val_t alignment{64};

  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { release(); }

  void* reserve(std::size_t bytes) {
    if (bytes > size_) {
      release();
      data_ = ::operator new(bytes, alignment);
      size_ = bytes;
    }
    return data_;
  }

 private:
  void release() {
    if (data_ != nullptr) ::operator delete(data_, alignment);
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
