// narrow, cat, pad2d: boxes cut out of tensors and put into them, any dtype.
#pragma once

#include <cstdint>

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

/// Zeros around the last two dimensions (height and width). Gradient: g without the border.
/// Throws Error for rank below 2 and for borders that take away more than there is.
Tensor pad2d(const Tensor& x, const Padding2d& padding);

}  // namespace wisp
