// Images in: PNG, JPEG and BMP files to tensors.
#pragma once

#include <string>

#include <wisp/core/tensor.h>

namespace wisp {

/// The picture in a PNG, JPEG or BMP file as u8 (C, H, W), C = 1 (grey) or 3 (RGB), values 0 to 255. Alpha is
/// composited over white; of 16-bit samples the upper 8 bits are kept. Throws IoError for a file that cannot be read,
/// is none of these, is damaged or cut short, has more than 64 MiB, or holds more than 16 Mi (2^24) pixels. A PNG
/// file's checksums are checked; the other kinds have none, so that damage to their pixels cannot be told.
Tensor read_image(const std::string& path);

}  // namespace wisp
