// PNG files made byte by byte.
#pragma once

#include <cstdint>
#include <string>

#include <tests/temporary_folder.h>

namespace wisp::testing {

inline std::string little_endian(std::uint32_t value, int bytes = 4) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 255);
  return text;
}

inline std::string big_endian(std::uint32_t value) {
  const std::string text = little_endian(value);
  return {text.rbegin(), text.rend()};
}

/// PNG's specification, annex D.
inline std::uint32_t crc32(const std::string& bytes) {
  std::uint32_t crc = ~0u;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
  }
  return ~crc;
}

/// A PNG file's chunk.
inline std::string chunk(const std::string& name, const std::string& content) {
  return big_endian(static_cast<std::uint32_t>(content.size())) + name + content + big_endian(crc32(name + content));
}

/// A PNG file with the checksums that its chunks should have, as far as there are chunks.
inline std::string with_right_checksums(std::string png) {
  for (std::size_t at = 8; at + 12 <= png.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(png[at + i]);
    if (length > png.size() - at - 12) break;
    png.replace(at + 8 + length, 4, big_endian(crc32(png.substr(at + 4, length + 4))));
    at += length + 12;
  }
  return png;
}

/// A zlib stream of one stored block, with its checksum. RFC 1950, 2.2.
inline std::string stored(const std::string& bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  std::uint32_t sum = 1, sums = 0;
  for (const char byte : bytes) {
    sum = (sum + static_cast<unsigned char>(byte)) % 65521;
    sums = (sums + sum) % 65521;
  }
  return raw("\x78\x01\x01") + little_endian(size, 2) + little_endian(~size, 2) + bytes + big_endian(sums << 16 | sum);
}

/// How a PNG file's pixels are laid out.
struct PngLayout {
  std::uint32_t width = 1, height = 1;
  int bits = 8;
  int color_type = 0;  ///< 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
  bool interlaced = false;
};

/// A PNG file of these lines, each behind its filter's byte; `chunks` lie before them.
inline std::string png_with(const PngLayout& layout, const std::string& chunks, const std::string& lines) {
  return raw("\x89PNG\r\n\x1a\n") +
         chunk("IHDR", big_endian(layout.width) + big_endian(layout.height) + static_cast<char>(layout.bits) +
                           static_cast<char>(layout.color_type) + raw("\0\0") + static_cast<char>(layout.interlaced)) +
         chunks + chunk("IDAT", stored(lines)) + chunk("IEND", "");
}

/// One line of pixels.
inline std::string png(std::uint32_t width, int bits, int color_type, const std::string& pixels,
                       std::uint32_t height = 1) {
  return png_with({width, height, bits, color_type}, "", raw("\0") + pixels);
}

}  // namespace wisp::testing
