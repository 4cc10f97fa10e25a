#include <wisp/io/exif.h>

#include <cstdint>

namespace wisp::detail {

int orientation_in(std::string_view tiff) {
  constexpr std::size_t header_size = 8, entry_size = 12;
  constexpr std::uint32_t orientation_tag = 0x0112, short_type = 3, long_type = 4;
  if (tiff.size() < header_size) return 1;
  const bool little = tiff.starts_with(std::string_view("II*\0", 4));
  if (!little && !tiff.starts_with(std::string_view("MM\0*", 4))) return 1;
  const auto number = [&](std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | static_cast<unsigned char>(tiff[little ? at + size - 1 - i : at + i]);
    return value;
  };
  std::size_t at = number(4, 4);
  if (at > tiff.size() - 2) return 1;
  std::uint32_t entries = number(at, 2);
  for (at += 2; entries > 0 && entry_size <= tiff.size() - at; --entries, at += entry_size) {
    if (number(at, 2) != orientation_tag) continue;
    const std::uint32_t type = number(at + 2, 2), count = number(at + 4, 4);
    if (count != 1 || (type != short_type && type != long_type)) return 1;
    const std::uint32_t value = number(at + 8, type == short_type ? 2 : 4);
    return 1 <= value && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace wisp::detail
