// What the readers of picture files share: the file's bytes, and the pixels they find in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <wisp/core/error.h>

namespace wisp::detail {

/// A file's bytes, at least one.
struct PictureFile {
  std::string path;
  std::string bytes;

  const unsigned char* data() const { return reinterpret_cast<const unsigned char*>(bytes.data()); }
  /// Whether the file begins with these bytes, as far as it goes.
  bool begins_with(std::string_view signature) const {
    return signature.starts_with(std::string_view(bytes).substr(0, signature.size()));
  }
  IoError error(std::size_t offset, const std::string& what) const { return {path, offset, what}; }
  IoError cut_short() const { return error(bytes.size(), "the picture is cut short"); }
};

/// Pixels line by line from the top, of 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha) bytes.
struct Picture {
  std::int64_t height = 0, width = 0;
  int channels = 0;
  std::vector<std::uint8_t> pixels = {};
  int orientation = 1;  ///< EXIF's: 1 is upright, see orientation_in
};

/// Throws IoError for a picture of more than 16 Mi (2^24) pixels.
void check_pixels(const PictureFile& file, std::int64_t height, std::int64_t width);

/// The picture in a file that begins as a PNG, JPEG or BMP file does. All throw IoError, in words that do not depend on
/// the libraries beneath.
Picture read_png(const PictureFile& file);
Picture read_jpeg(const PictureFile& file);
Picture read_bmp(const PictureFile& file);

}  // namespace wisp::detail
