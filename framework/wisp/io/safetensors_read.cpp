#include <array>
#include <bit>
#include <utility>
#include <vector>

#include <wisp/io/input_file.h>
#include <wisp/io/safetensors.h>
#include <wisp/io/safetensors_format.h>
#include <wisp/io/safetensors_header.h>

namespace wisp {
namespace {

using namespace safetensors;

void read_exactly(const InputFile& file, std::uint64_t offset, std::span<std::byte> out) {
  const std::size_t count = file.read_at(offset, out);
  if (count < out.size())
    throw IoError(file.path(), offset + count, "the file is truncated: it became shorter while it was read");
}

std::uint64_t read_header_length(const InputFile& file) {
  if (file.size() < length_bytes)
    throw IoError(
        file.path(), file.size(),
        fmt::format("the file is truncated: it has {} bytes, a safetensors file begins with 8 bytes of length",
                    file.size()));
  std::array<std::byte, length_bytes> word{};
  read_exactly(file, 0, word);
  const auto length = std::bit_cast<std::uint64_t>(word);
  if (length > max_header_bytes)
    throw IoError(file.path(), 0,
                  fmt::format("a header of {} bytes is announced, at most {} are valid: no safetensors file?", length,
                              max_header_bytes));
  if (length > file.size() - length_bytes)
    throw IoError(file.path(), file.size(),
                  fmt::format("the file is truncated: a header of {} bytes is announced, {} bytes are there", length,
                              file.size() - length_bytes));
  return length;
}

Tensor read_tensor(const InputFile& file, const Entry& entry, std::uint64_t data_start) {
  return visit_dtype(entry.dtype, [&]<class T>(T) {
    const auto read_into = [&](std::span<T> numbers) {
      read_exactly(file, data_start + entry.begin, std::as_writable_bytes(numbers));
    };
    if (is_row_major(entry.shape)) {
      Tensor tensor = Tensor::empty(entry.shape, entry.dtype);
      read_into({tensor.mutable_data<T>(), static_cast<std::size_t>(tensor.numel())});
      return tensor;
    }
    std::vector<T> numbers(static_cast<std::size_t>(entry.shape.numel()));
    read_into(numbers);
    return Tensor::from(entry.shape, numbers);
  });
}

}  // namespace

Safetensors read_safetensors(const std::string& path) {
  const InputFile file(path);
  const std::uint64_t length = read_header_length(file);
  const std::uint64_t data_start = length_bytes + length;
  std::string text(length, '\0');
  read_exactly(file, length_bytes, std::as_writable_bytes(std::span(text)));
  Header header = parse_header(path, text, file.size() - data_start);

  Safetensors content;
  for (const Entry& entry : header.entries) content.tensors.emplace(entry.name, read_tensor(file, entry, data_start));
  content.metadata = std::move(header.metadata);
  return content;
}

}  // namespace wisp
