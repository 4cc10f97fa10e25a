#include <wisp/data/idx.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/ranges.h>

#include <wisp/io/atomic_file.h>
#include <wisp/io/byte_reader.h>
#include <wisp/io/gzip.h>

namespace wisp {
namespace {

using detail::ByteReader;

constexpr std::uint64_t max_bytes = std::uint64_t{4} << 30;
constexpr std::int64_t first_allocation = std::int64_t{64} << 20;
constexpr int max_idx_rank = 4;
constexpr std::uint32_t u8_magic = 0x00000800;  // the last byte is the rank

std::uint32_t read_word(ByteReader& reader, const char* what) {
  std::array<std::byte, 4> bytes{};
  const std::uint64_t start = reader.offset();
  const std::size_t count = reader.read(bytes);
  if (start == 0 && count == 0) throw IoError(reader.path(), 0, "the file is empty, expected IDX data");
  if (count < bytes.size())
    throw IoError(reader.path(), start + count, fmt::format("the file is truncated: it ends within {}", what));
  std::uint32_t word = 0;
  for (const std::byte byte : bytes) word = word << 8 | std::to_integer<std::uint32_t>(byte);
  return word;
}

int read_rank(ByteReader& reader) {
  const std::uint32_t magic = read_word(reader, "the magic number");
  const std::uint32_t type = magic >> 8, rank = magic & 0xff;
  if (type >> 8 != 0 || type < 0x08 || type > 0x0e)
    throw IoError(
        reader.path(), 0,
        fmt::format("the magic number is 0x{:08x}, expected 0x00000803 (IDX images) or 0x00000801 (IDX labels)",
                    magic));
  if (type != u8_magic >> 8)
    throw IoError(reader.path(), 2,
                  fmt::format("IDX element type 0x{:02x} (magic number 0x{:08x}) is not supported, expected unsigned "
                              "bytes, 0x08",
                              type, magic));
  if (rank < 1 || rank > max_idx_rank)
    throw IoError(reader.path(), 3, fmt::format("{} dimensions (magic number 0x{:08x}), expected 1 to 4", rank, magic));
  return static_cast<int>(rank);
}

Shape read_shape(ByteReader& reader) {
  const int rank = read_rank(reader);
  std::array<std::int64_t, max_idx_rank> extents{};
  std::uint64_t product = 1;
  for (int i = 0; i < rank; ++i) {
    const std::uint32_t extent = read_word(reader, "the dimensions");
    extents[static_cast<std::size_t>(i)] = extent;
    // An empty array is never too large, whatever the other extents say.
    product = product > max_bytes && extent > 0 ? product : product * extent;
  }
  const std::span announced = std::span(extents).first(static_cast<std::size_t>(rank));
  if (product > max_bytes)
    throw IoError(reader.path(), 4,
                  fmt::format("dimensions {} announce more than {} bytes, the most that is read",
                              fmt::join(announced, "x"), max_bytes));
  try {
    return Shape(std::span<const std::int64_t>(announced));
  } catch (const Error& error) {
    throw IoError(reader.path(), 4, error.what());
  }
}

// A row of `count` bytes. Memory grows with what the file really holds, not with what its header announces.
Tensor read_elements(ByteReader& reader, const Shape& shape) {
  const std::int64_t count = shape.numel();
  Tensor row = Tensor::empty({std::min(count, first_allocation)}, DType::u8);
  for (std::int64_t filled = 0;;) {
    const std::span<std::uint8_t> room(row.mutable_data<std::uint8_t>() + filled,
                                       static_cast<std::size_t>(row.numel() - filled));
    filled += static_cast<std::int64_t>(reader.read(std::as_writable_bytes(room)));
    if (filled < row.numel())
      throw IoError(reader.path(), reader.offset(),
                    fmt::format("the file is truncated: dimensions {} need {} bytes of elements, {} are there", shape,
                                count, filled));
    if (filled == count) return row;
    Tensor larger = Tensor::empty({std::min(count, 2 * filled)}, DType::u8);
    std::memcpy(larger.mutable_data<std::uint8_t>(), row.data<std::uint8_t>(), static_cast<std::size_t>(filled));
    row = larger;
  }
}

}  // namespace

Tensor read_idx(const std::string& path) {
  ByteReader reader(path);
  const Shape shape = read_shape(reader);
  const Tensor row = read_elements(reader, shape);
  std::byte extra{};
  if (reader.read({&extra, 1}) != 0)
    throw IoError(path, reader.offset() - 1,
                  fmt::format("bytes follow the {} that dimensions {} need, expected the end", shape.numel(), shape));
  if (is_row_major(shape)) return row.alias(shape);
  return Tensor::from(shape, std::span(row.data<std::uint8_t>(), static_cast<std::size_t>(row.numel())));
}

void write_idx(const std::string& path, const Tensor& tensor) {
  const Shape& shape = tensor.shape();
  check(tensor.dtype() == DType::u8, "write_idx: tensor is {}, expected u8; to_u8 converts images",
        name_of(tensor.dtype()));
  check(shape.rank() >= 1 && shape.rank() <= max_idx_rank, "write_idx: tensor has rank {} ({}), expected 1 to 4",
        shape.rank(), shape);
  std::vector<std::byte> header;
  const auto append = [&](std::uint32_t word) {
    for (int shift = 24; shift >= 0; shift -= 8) header.push_back(static_cast<std::byte>(word >> shift & 0xff));
  };
  append(u8_magic | static_cast<std::uint32_t>(shape.rank()));
  for (const std::int64_t extent : shape) {
    check(extent <= std::numeric_limits<std::uint32_t>::max(), "write_idx: extents must be below 2^32, shape is {}",
          shape);
    append(static_cast<std::uint32_t>(extent));
  }
  const auto write = [&](std::span<const std::uint8_t> elements) {
    if (path.ends_with(".gz"))
      detail::write_gzip_atomically(path, {header, std::as_bytes(elements)});
    else
      write_file_atomically(path, {header, std::as_bytes(elements)});
  };
  if (is_row_major(shape))
    write({tensor.data<std::uint8_t>(), static_cast<std::size_t>(shape.numel())});
  else
    write(tensor.values<std::uint8_t>());
}

}  // namespace wisp
