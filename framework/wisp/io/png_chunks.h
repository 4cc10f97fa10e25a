// The outside of a PNG file, of which nothing depends on a library's version: its chunks, and how much is in them.
#pragma once

#include <wisp/io/picture.h>

namespace wisp::detail {

/// Goes through the chunks of a file that begins as a PNG file does, up to IEND: a header of the right size must be the
/// first, all must be there with the right checksum, and those that are critical known. Returns the EXIF orientation
/// that they name, else 1. Throws IoError, also for too many pixels. Source: W3C, "Portable Network Graphics", 5.
int check_png_chunks(const PictureFile& file);

/// Throws IoError unless the pixels' chunks unpack, with the right checksum, to as many bytes as the pixels of a valid
/// header need: libpng would unpack what follows to its end, and a file of 64 MiB can hold 64 GiB.
void check_png_size(const PictureFile& file);

}  // namespace wisp::detail
