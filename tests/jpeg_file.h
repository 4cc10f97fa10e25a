// JPEG files as libjpeg writes them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <jpeglib.h>

#include <tests/temporary_folder.h>

namespace wisp::testing {

struct JpegLayout {
  int height = 8, width = 8;
  J_COLOR_SPACE colours = JCS_GRAYSCALE;  ///< of the pixels given: grey, RGB or CMYK
  J_COLOR_SPACE stored = JCS_GRAYSCALE;
  int quality = 90;
  bool progressive = false;
  std::string exif = {};  ///< "" or what follows "Exif\0\0"
};

/// The pixels, line by line, as a JPEG file.
inline std::string jpeg_of(const JpegLayout& layout, std::vector<std::uint8_t> pixels) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &bytes, &size);
  jpeg.image_height = static_cast<JDIMENSION>(layout.height);
  jpeg.image_width = static_cast<JDIMENSION>(layout.width);
  jpeg.in_color_space = layout.colours;
  jpeg.input_components = layout.colours == JCS_GRAYSCALE ? 1 : layout.colours == JCS_RGB ? 3 : 4;
  jpeg_set_defaults(&jpeg);
  jpeg_set_colorspace(&jpeg, layout.stored);
  jpeg_set_quality(&jpeg, layout.quality, TRUE);
  if (layout.progressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  const std::string exif = raw("Exif\0\0") + layout.exif;
  if (!layout.exif.empty())
    jpeg_write_marker(&jpeg, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(exif.data()),
                      static_cast<unsigned>(exif.size()));
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = pixels.data() + jpeg.next_scanline * jpeg.image_width * static_cast<unsigned>(jpeg.input_components);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  const std::string file(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  jpeg_destroy_compress(&jpeg);
  return file;
}

/// A TIFF structure, little-endian (II) or big-endian, whose first directory has one entry: this orientation.
inline std::string orientation_tiff(int orientation, bool little) {
  const auto value = static_cast<char>(orientation);
  return little ? raw("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0") + value + raw("\0\0\0\0\0\0\0")
                : raw("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0") + value + raw("\0\0\0\0\0\0");
}

}  // namespace wisp::testing
