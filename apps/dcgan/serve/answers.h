// Images as the answers to requests.
#pragma once

#include <string>

#include <apps/dcgan/serve/sample_request.h>
#include <wisp/io/png.h>

namespace wisp::apps {

/// The PNG file of a grid of images u8 (N, C, H, W).
std::string png_answer(const Tensor& images, const GridOptions& grid);

/// {"count": N, "seed": ..., "shape": [C, H, W], "images": [...]}: pixels from 0 to 255 as images[n][c][y][x].
std::string json_answer(const Tensor& images, std::int64_t seed);

}  // namespace wisp::apps
