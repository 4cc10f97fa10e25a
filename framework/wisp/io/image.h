// Images in: PNG, JPEG and BMP files to tensors.
#pragma once

#include <string>

#include <wisp/core/tensor.h>

namespace wisp {

/// The picture in a PNG, JPEG or BMP file, told by its content, as u8 (C, H, W), C = 1 (grey) or 3 (RGB), values 0 to
/// 255, upright as its EXIF data say. Alpha is composited over white; samples v of 16 bits become (v 255 + 32767) /
/// 65535, inks (CMYK) the colours that Pillow makes of them; colour profiles and gammas are not looked at. Of an
/// animation it is the first picture. BMP files have 1, 4, 8, 24 or 32 bits a pixel and no compression.
///
/// Throws IoError for a file that cannot be read, is none of these, is damaged or cut short, has more than 64 MiB,
/// holds more than 16 Mi (2^24) pixels, or is a JPEG of more than 100 scans, or of more than 24 + 8 b with b bytes a
/// block. A PNG file's checksums are checked; the other kinds have none, so that not all damage can be told.
Tensor read_image(const std::string& path);

}  // namespace wisp
