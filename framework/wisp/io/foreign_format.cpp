#include <wisp/io/foreign_format.h>

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace wisp::safetensors {
namespace {

struct Format {
  std::string_view start;
  const char* what;
};

// Sources: APPNOTE.TXT of PKWARE; the HDF5 file format, "Disk Format: Level 0"; numpy.lib.format; ggml's docs/gguf.md;
// RFC 1952.
constexpr std::array<Format, 4> formats = {{{"\x89HDF\r\n\x1a\n", "an HDF5 file"},
                                            {"\x93NUMPY", "a NumPy array"},
                                            {"GGUF", "a GGUF file"},
                                            {"\x1f\x8b", "a gzip file"}}};

}  // namespace

std::string foreign_format(const InputFile& file) {
  std::array<char, 9> bytes{};
  const std::string_view start(bytes.data(), file.read_at(0, std::as_writable_bytes(std::span(bytes))));
  // A header behind its length. A GGUF file may hold 123 tensors, which is '{', too; no header is as long as "GGUF".
  if (start.size() == bytes.size() && start.back() == '{' && !start.starts_with("GGUF")) return "";
  // torch.save writes a zip file, older versions of it a bare pickle: the opcode PROTO with the protocol's number.
  if (start.starts_with("PK\x03\x04") || (start.size() > 1 && start[0] == '\x80' && 2 <= start[1] && start[1] <= 5))
    return "is a pickled file from torch.save, safetensors files are read: in PyTorch "
           "safetensors.torch.save_file(network.state_dict(), \"FILE.safetensors\") writes one";
  for (const Format& format : formats)
    if (start.starts_with(format.start)) return fmt::format("is {}, expected a safetensors file", format.what);
  return "";
}

}  // namespace wisp::safetensors
