#include <wisp/io/png.h>

#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <new>

namespace {

// Where stb's buffers are allocated. stb does not look whether it gets one: where there is no memory, std::bad_alloc is
// thrown through it, and all buffers are freed together.
thread_local std::pmr::memory_resource* buffers = nullptr;

void* grown(const void* old, std::size_t old_size, std::size_t size) {
  void* larger = buffers->allocate(size);
  if (old != nullptr) std::memcpy(larger, old, old_size);
  return larger;
}

}  // namespace

// As a system header (CMakeLists.txt) stb raises no warnings here.
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#define STBIW_MALLOC(size) buffers->allocate(size)
#define STBIW_REALLOC_SIZED(old, old_size, size) grown(old, old_size, size)
#define STBIW_FREE(old) static_cast<void>(old)
#include <stb_image_write.h>

#include <wisp/io/atomic_file.h>
#include <wisp/io/picture_name.h>

namespace wisp {
namespace {

// stb counts in int, doubles its buffers, and adds up to 128 for each byte of a line.
constexpr std::int64_t max_image_bytes = std::int64_t{512} << 20;
constexpr std::int64_t max_line_bytes = (std::int64_t{1} << 24) - 1;

}  // namespace

std::vector<std::byte> encode_png(const Tensor& image) {
  const Shape& shape = image.shape();
  const bool gray = shape.rank() == 2;
  check(image.dtype() == DType::u8, "encode_png: image is {}, expected u8; to_u8 converts", name_of(image.dtype()));
  check((gray || (shape.rank() == 3 && (shape[2] == 1 || shape[2] == 3))) && shape.numel() > 0,
        "encode_png: image has shape {}, expected H x W or H x W x C with C = 1 or 3 and nothing empty", shape);
  const std::int64_t channels = gray ? 1 : shape[2];
  check(shape.numel() + shape[0] <= max_image_bytes && shape[1] * channels <= max_line_bytes,
        "encode_png: image {} is too large, at most {} bytes and {} bytes per line are valid", shape, max_image_bytes,
        max_line_bytes);

  std::pmr::monotonic_buffer_resource arena;
  buffers = &arena;
  std::vector<std::byte> bytes;
  const auto append = [](void* context, void* data, int size) {
    const auto* begin = static_cast<const std::byte*>(data);
    auto& out = *static_cast<std::vector<std::byte>*>(context);
    out.insert(out.end(), begin, begin + size);
  };
  const auto as_int = [](std::int64_t value) { return static_cast<int>(value); };
  if (stbi_write_png_to_func(append, &bytes, as_int(shape[1]), as_int(shape[0]), as_int(channels),
                             image.data<std::uint8_t>(), 0) == 0)
    throw std::bad_alloc();
  return bytes;
}

void write_png(const std::string& path, const Tensor& image) {
  check_picture_name("write_png", path, ".png");
  write_file_atomically(path, encode_png(image));
}

}  // namespace wisp
