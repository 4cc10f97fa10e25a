#include <array>
#include <bit>
#include <string_view>
#include <utility>
#include <vector>

#include <wisp/core/text.h>
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

template <class T>
Tensor read_as_they_lie(const InputFile& file, const Entry& entry, std::uint64_t start) {
  if (is_row_major(entry.shape)) {
    Tensor tensor = Tensor::empty(entry.shape, entry.dtype.dtype);
    const std::span<T> numbers(tensor.mutable_data<T>(), static_cast<std::size_t>(tensor.numel()));
    read_exactly(file, start, std::as_writable_bytes(numbers));
    return tensor;
  }
  std::vector<T> numbers(static_cast<std::size_t>(entry.shape.numel()));
  read_exactly(file, start, std::as_writable_bytes(std::span(numbers)));
  return Tensor::from(entry.shape, numbers);
}

template <class T>
Tensor read_converted(const InputFile& file, const Entry& entry, std::uint64_t start) {
  std::vector<std::byte> stored(entry.end - entry.begin);
  read_exactly(file, start, stored);
  std::vector<T> numbers(static_cast<std::size_t>(entry.shape.numel()));
  const std::size_t done =
      entry.dtype.convert(stored.data(), std::as_writable_bytes(std::span(numbers)).data(), numbers.size());
  if (done < numbers.size())
    throw IoError(file.path(), start + done * entry.dtype.size,
                  fmt::format("tensor {}: a number of type {} is too large for {}, as which it is read",
                              quote(entry.name), entry.dtype.name, name_of(entry.dtype.dtype)));
  return Tensor::from(entry.shape, numbers);
}

Tensor read_tensor(const InputFile& file, const Entry& entry, std::uint64_t data_start) {
  const std::uint64_t start = data_start + entry.begin;
  return visit_dtype(entry.dtype.dtype, [&]<class T>(T) {
    return entry.dtype.convert == nullptr ? read_as_they_lie<T>(file, entry, start)
                                          : read_converted<T>(file, entry, start);
  });
}

// "is a NumPy array, expected a safetensors file", and what to do about it, for a file that has turned out to be no
// safetensors file and begins as those of another format in which weights are kept; "" for others.
std::string foreign_format(const InputFile& file) {
  std::array<char, 9> bytes{};
  const std::string_view start(bytes.data(), file.read_at(0, std::as_writable_bytes(std::span(bytes))));
  // With '{' behind the first eight bytes these are the length of a header. In a GGUF file, though, '{' may be the
  // number of tensors, 123; and "GGUF" is more than the length of any header.
  if (start.size() == bytes.size() && start.back() == '{' && !start.starts_with("GGUF")) return "";
  // torch.save writes a zip file, older versions of it a bare pickle: the opcode PROTO with the protocol's number.
  if (start.starts_with("PK\x03\x04") || (start.size() > 1 && start[0] == '\x80' && 2 <= start[1] && start[1] <= 5))
    return "is a pickled file from torch.save, safetensors files are read: in PyTorch "
           "safetensors.torch.save_file(network.state_dict(), \"FILE.safetensors\") writes one";
  // Sources: APPNOTE.TXT of PKWARE; the HDF5 file format, "Disk Format: Level 0"; numpy.lib.format; ggml's
  // docs/gguf.md; RFC 1952.
  using Format = std::pair<std::string_view, const char*>;
  for (const auto& [signature, name] :
       {Format{"\x89HDF\r\n\x1a\n", "an HDF5 file"}, Format{"\x93NUMPY", "a NumPy array"},
        Format{"GGUF", "a GGUF file"}, Format{"\x1f\x8b", "a gzip file"}})
    if (start.starts_with(signature)) return fmt::format("is {}, expected a safetensors file", name);
  return "";
}

// The header's text. Where there is none, the message says what the file is instead, if that can be told.
std::string read_header(const InputFile& file) {
  try {
    std::string text(read_header_length(file), '\0');
    read_exactly(file, length_bytes, std::as_writable_bytes(std::span(text)));
    if (!text.starts_with('{')) throw IoError(file.path(), length_bytes, "the header does not begin with '{'");
    return text;
  } catch (const IoError&) {
    const std::string foreign = foreign_format(file);
    if (foreign.empty()) throw;
    throw IoError(file.path(), 0, foreign);
  }
}

}  // namespace

Safetensors read_safetensors(const std::string& path) {
  const InputFile file(path);
  const std::string text = read_header(file);
  const std::uint64_t data_start = length_bytes + text.size();
  Header header = parse_header(path, text, file.size() - data_start);

  Safetensors content;
  for (const Entry& entry : header.entries) content.tensors.emplace(entry.name, read_tensor(file, entry, data_start));
  content.metadata = std::move(header.metadata);
  return content;
}

}  // namespace wisp
