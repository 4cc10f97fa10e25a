// ByteReader: the content of a file from beginning to end, through gzip when it begins with gzip's magic bytes.
//
// Source of the format: RFC 1952 (gzip), read by zlib. Several gzip members in a row are their contents in a row; zeros
// behind a member are padding, as for gzip itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <wisp/io/input_file.h>

namespace wisp::detail {

class ByteReader {
 public:
  /// Opens the file. Throws IoError when it cannot be opened or is no regular file.
  explicit ByteReader(const std::string& path);
  ~ByteReader();

  /// Fills `out` with the next bytes of the content and returns how many there were: fewer than out.size() only at its
  /// end. Throws IoError, with the offset in the compressed file, when gzip data is corrupt (checksum included), ends
  /// early, or is followed by something else.
  std::size_t read(std::span<std::byte> out);

  const std::string& path() const { return file_.path(); }
  /// Bytes of content read so far.
  std::uint64_t offset() const { return offset_; }
  /// Whether the file is gzipped.
  bool compressed() const { return inflater_ != nullptr; }

 private:
  struct Inflater;
  std::size_t inflate_some(std::span<std::byte> out);
  bool refill();
  bool skip_zeros();

  InputFile file_;
  std::unique_ptr<Inflater> inflater_;
  std::uint64_t offset_ = 0;
};

}  // namespace wisp::detail
