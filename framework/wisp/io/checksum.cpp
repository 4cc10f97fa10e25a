#include <wisp/io/checksum.h>

#include <fmt/format.h>
#include <zlib.h>

namespace wisp {

std::string checksum(const Tensors& tensors) {
  uLong crc = 0;
  for (const Tensor& tensor : tensors)
    crc = ::crc32_z(crc, static_cast<const Bytef*>(tensor.storage()->data),
                    static_cast<z_size_t>(tensor.numel()) * size_of(tensor.dtype()));
  return fmt::format("{:08x}", crc);
}

std::string detail::text_checksum(const std::string& text) {
  return fmt::format("{:08x}", ::crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

}  // namespace wisp
