#define ZLIB_CONST
#include <wisp/io/byte_reader.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include <zlib.h>

#include <wisp/core/error.h>

namespace wisp::detail {
namespace {

constexpr int gzip_window_bits = 15 + 16;  // the largest window; + 16 asks zlib for the gzip format

bool starts_with_gzip_magic(const InputFile& file, std::uint64_t offset) {
  std::array<std::byte, 2> magic{};
  return file.read_at(offset, magic) == 2 && magic[0] == std::byte{0x1f} && magic[1] == std::byte{0x8b};
}

}  // namespace

struct ByteReader::Inflater {
  Inflater() {
    if (inflateInit2(&stream, gzip_window_bits) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }

  z_stream stream{};
  std::array<std::byte, 65536> input;
  std::uint64_t position = 0;  // bytes of the file put into `input` so far
  bool member_ended = false;

  std::uint64_t consumed() const { return position - stream.avail_in; }
};

ByteReader::ByteReader(const std::string& path) : file_(path) {
  if (starts_with_gzip_magic(file_, 0)) inflater_ = std::make_unique<Inflater>();
}

ByteReader::~ByteReader() = default;

std::size_t ByteReader::read(std::span<std::byte> out) {
  std::size_t done = 0;
  if (compressed()) {
    while (done < out.size()) {
      const std::size_t count = inflate_some(out.subspan(done));
      if (count == 0) break;
      done += count;
    }
  } else {
    done = file_.read_at(offset_, out);
  }
  offset_ += done;
  return done;
}

// Makes sure that there is input; false at the end of the file.
bool ByteReader::refill() {
  z_stream& stream = inflater_->stream;
  if (stream.avail_in > 0) return true;
  const std::size_t count = file_.read_at(inflater_->position, inflater_->input);
  inflater_->position += count;
  stream.next_in = reinterpret_cast<const Bytef*>(inflater_->input.data());
  stream.avail_in = static_cast<uInt>(count);
  return count > 0;
}

// Skips the zeros that gzip files are padded with. Whether there is more behind them; the input is refilled then.
bool ByteReader::skip_zeros() {
  z_stream& stream = inflater_->stream;
  while (refill()) {
    while (stream.avail_in > 0 && *stream.next_in == 0) {
      ++stream.next_in;
      --stream.avail_in;
    }
    if (stream.avail_in > 0) return true;
  }
  return false;
}

// At least one byte, or 0 at the end.
std::size_t ByteReader::inflate_some(std::span<std::byte> out) {
  z_stream& stream = inflater_->stream;
  const std::size_t room = std::min<std::size_t>(out.size(), std::numeric_limits<uInt>::max());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(room);
  while (stream.avail_out == room) {
    const bool more = inflater_->member_ended ? skip_zeros() : refill();
    if (inflater_->member_ended) {
      if (!more) return 0;
      if (!starts_with_gzip_magic(file_, inflater_->consumed()))
        throw IoError(path(), inflater_->consumed(), "bytes follow the gzip data, expected the end of the file");
      inflateReset(&stream);
      inflater_->member_ended = false;
    }
    if (!more) throw IoError(path(), inflater_->consumed(), "the gzip data ends early: the file is truncated");
    const int result = inflate(&stream, Z_NO_FLUSH);
    inflater_->member_ended = result == Z_STREAM_END;
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
      throw IoError(path(), inflater_->consumed(),
                    fmt::format("the gzip data is corrupt: {}", stream.msg != nullptr ? stream.msg : "bad data"));
  }
  return room - stream.avail_out;
}

}  // namespace wisp::detail
