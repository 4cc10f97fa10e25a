// narrow, cat, pad2d: boxes cut out of tensors and put into them, any dtype.
#pragma once

#include <cstdint>
#include <string_view>

#include <wisp/core/tensor.h>

namespace wisp {

/// The `length` slices of dimension `dim` from `start` on (also a method of Tensor). Gradient: g, with zeros around.
/// Throws Error when the slices are not all there.
Tensor narrow(const Tensor& x, int dim, std::int64_t start, std::int64_t length);

/// The tensors one after another along `dim`; their other extents must agree. Gradient: the pieces of g.
/// Throws Error on an empty list, mixed dtypes or extents that disagree.
Tensor cat(const Tensors& tensors, int dim = 0);

/// Pixels added at each side of an image; negative numbers take pixels away.
struct Padding2d {
  std::int64_t left = 0;
  std::int64_t right = 0;
  std::int64_t top = 0;
  std::int64_t bottom = 0;
};

/// What new pixels hold: 0, the image mirrored at its outermost pixels (which are not repeated), the nearest pixel of
/// the image, or the image again from its other side.
enum class PaddingMode { zeros, reflect, replicate, circular };

/// "zeros", "reflect", "replicate" or "circular".
const char* name_of(PaddingMode mode);
/// The mode of that name. Throws Error when there is none.
PaddingMode padding_mode_of(std::string_view name);

/// A border around the last two dimensions (height and width). Gradient: g added up where its pixels came from.
/// Throws Error for rank below 2, for borders that take away more than there is, and for borders beyond what the mode
/// can fill: below the image's size for reflect, up to it for circular, any for replicate of an image that has pixels.
Tensor pad2d(const Tensor& x, const Padding2d& padding, PaddingMode mode = PaddingMode::zeros);

}  // namespace wisp
