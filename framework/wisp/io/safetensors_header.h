// The JSON header of a safetensors file, parsed and checked on its own, without the data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <wisp/core/metadata.h>
#include <wisp/core/shape.h>
#include <wisp/io/safetensors_format.h>

namespace wisp::safetensors {

/// One tensor's line in the header: its numbers are bytes [begin, end) of the data.
struct Entry {
  std::string name;
  FileDType dtype;
  Shape shape;
  std::uint64_t begin;
  std::uint64_t end;
};

struct Header {
  std::vector<Entry> entries;  // in the order of their data
  Metadata metadata;
};

/// Parses the header `text`, which begins with '{', of the file `path`, whose data has `data_bytes` bytes. On return
/// every entry's size fits its shape and dtype, and the entries cover the data exactly. Throws IoError otherwise.
Header parse_header(const std::string& path, std::string_view text, std::uint64_t data_bytes);

}  // namespace wisp::safetensors
