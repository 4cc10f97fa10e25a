// Animations out: tensors to GIF files.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <wisp/core/tensor.h>

namespace wisp {

struct GifOptions {
  int delay = 10;  ///< hundredths of a second that each frame stays, 2 (less is slowed down by viewers) to 65535
};

/// u8 images (H, W, C), C = 1 (grey) or 3 (RGB), all of one shape, as the bytes of a GIF file that shows them one after
/// the other, for ever; the same frames give the same bytes. Grey is exact. Colours become the at most 256 that
/// giflib's median cut finds for all frames together. Throws Error when there is no frame, for other shapes, sides
/// above 65535, more than 512 MiB of pixels, or a delay out of range. Not for two threads at once.
std::vector<std::byte> encode_gif(const Tensors& frames, const GifOptions& options = {});

/// Writes encode_gif(frames, options) atomically. Throws Error when the name ends otherwise than in .gif (a name may
/// have no ending), IoError when the file cannot be written.
void write_gif(const std::string& path, const Tensors& frames, const GifOptions& options = {});

}  // namespace wisp
