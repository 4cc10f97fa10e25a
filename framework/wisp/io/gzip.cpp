#define ZLIB_CONST
#include <wisp/io/gzip.h>

#include <algorithm>
#include <array>
#include <new>

#include <zlib.h>

#include <wisp/io/atomic_file.h>

namespace wisp {
namespace {

class Deflater {
 public:
  explicit Deflater(AtomicFile& file) : file_(file) {
    constexpr int level = 6, gzip_window_bits = 15 + 16, memory_level = 8;  // zlib's defaults, in the gzip format
    if (deflateInit2(&stream_, level, Z_DEFLATED, gzip_window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const std::size_t count = std::min<std::size_t>(bytes.size(), std::size_t{1} << 30);
      stream_.next_in = reinterpret_cast<const Bytef*>(bytes.data());
      stream_.avail_in = static_cast<uInt>(count);
      drain(Z_NO_FLUSH);
      bytes = bytes.subspan(count);
    }
  }
  void finish() { drain(Z_FINISH); }

 private:
  void drain(int flush) {
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(output_.data());
      stream_.avail_out = static_cast<uInt>(output_.size());
      deflate(&stream_, flush);
      file_.write(std::span(output_).first(output_.size() - stream_.avail_out));
    } while (stream_.avail_out == 0);
  }

  AtomicFile& file_;
  z_stream stream_{};
  std::array<std::byte, 65536> output_;
};

}  // namespace

void write_gzip_atomically(const std::string& path, std::initializer_list<std::span<const std::byte>> parts) {
  AtomicFile file(path);
  Deflater deflater(file);
  for (const std::span<const std::byte> part : parts) deflater.write(part);
  deflater.finish();
  file.commit();
}

}  // namespace wisp
