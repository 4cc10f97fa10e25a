#define ZLIB_CONST
#include <wisp/io/gzip.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>

#include <zlib.h>

#include <wisp/io/atomic_file.h>

namespace wisp::detail {

void write_gzip_atomically(const std::string& path, std::initializer_list<std::span<const std::byte>> parts) {
  constexpr int level = 6, gzip_window_bits = 15 + 16, memory_level = 8;  // zlib's defaults, in the gzip format
  constexpr std::size_t most_at_once = std::size_t{1} << 30;              // zlib counts in 32 bits
  AtomicFile file(path);
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  const std::unique_ptr<z_stream, decltype(&deflateEnd)> guard(&stream, deflateEnd);
  std::array<std::byte, 65536> output;
  const auto write = [&](std::span<const std::byte> input, int flush) {
    stream.next_in = reinterpret_cast<const Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(output.data());
      stream.avail_out = static_cast<uInt>(output.size());
      deflate(&stream, flush);
      file.write(std::span(output).first(output.size() - stream.avail_out));
    } while (stream.avail_out == 0);
  };
  for (const std::span<const std::byte> part : parts)
    for (std::size_t at = 0; at < part.size(); at += most_at_once)
      write(part.subspan(at, std::min(part.size() - at, most_at_once)), Z_NO_FLUSH);
  write({}, Z_FINISH);
  file.commit();
}

}  // namespace wisp::detail
