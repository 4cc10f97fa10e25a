// Writing gzip files.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>

namespace wisp::detail {

/// Writes the parts one after the other, gzipped, as the whole content of `path`, or leaves `path` as it was and throws
/// IoError. The same input gives the same bytes: no time, no name is recorded (RFC 1952).
void write_gzip_atomically(const std::string& path, std::initializer_list<std::span<const std::byte>> parts);

}  // namespace wisp::detail
