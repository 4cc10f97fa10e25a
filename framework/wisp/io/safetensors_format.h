// What reader and writer of safetensors share.
#pragma once

#include <array>
#include <bit>
#include <cstddef>

#include <wisp/core/dtype.h>

namespace wisp::safetensors {

static_assert(std::endian::native == std::endian::little, "numbers are read and written as they lie in memory");

inline constexpr std::size_t length_bytes = 8;
inline constexpr std::size_t max_header_bytes = 100'000'000;
inline constexpr const char* metadata_key = "__metadata__";

/// A type of numbers in a file.
struct FileDType {
  /// Turns `count` numbers of a file into those of a tensor. Returns how many: fewer where one is out of range.
  using Convert = std::size_t(const std::byte* from, std::byte* to, std::size_t count);

  const char* name;
  std::size_t size;  ///< bytes
  DType dtype;       ///< of the tensor that it is read into
  Convert* convert;  ///< null where the file has the numbers as they lie in memory
};

/// The types that are read. Those without `convert` are written, too.
extern const std::array<FileDType, 13> file_dtypes;

}  // namespace wisp::safetensors
