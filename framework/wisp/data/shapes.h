// Shapes: pictures of colourful shapes, drawn by the program itself.
#pragma once

#include <array>
#include <cstdint>

#include <wisp/data/dataset.h>

namespace wisp {

/// What the pictures show: label i is shape_names[i].
inline constexpr std::array<const char*, 6> shape_names = {"circle", "square", "triangle", "cross", "star", "ring"};

/// Draws 6,000 pictures, or for Split::test 600 others: one shape each, equally many of every kind, with colour,
/// background, place, size and tilt from a fixed seed. Images are (N, 3, size, size), with labels. A pixel is the mean
/// of 4 x 4 points, so that borders are smooth; all is computed in integers, so that every machine draws the same.
/// Another size shows the same scenes. Throws Error when size is outside [8, 512].
ImageDataset draw_shapes(Split split, std::int64_t size);

}  // namespace wisp
