// Ways from one noise vector to another.
#pragma once

#include <cstdint>
#include <string_view>

#include <wisp/core/tensor.h>

namespace wisp::models {

enum class Interpolation { linear, slerp };

/// The way called "linear" or "slerp". Throws Error when there is none.
Interpolation interpolation_of(std::string_view name);

/// `steps` vectors on the way from each of `from` to that of `to`, ends included: (N, ...) f32 -> (N steps, ...), those
/// of one way behind one another. With a and b the ends and t = 0, 1/(steps - 1), ..., 1 they are
/// - linear: (1 - t) a + t b;
/// - slerp: (sin((1 - t) w) a + sin(t w) b) / sin(w), w the angle between a and b: along the great circle through both,
///   where a and b are equally long.
///
/// Noise wants slerp. A vector of n independent standard normal numbers is about sqrt(n) long; the middle of the
/// straight line between two of them is about sqrt(n / 2) long, a length that noise as good as never has, and so no
/// place where the generator has learned to draw. The great circle keeps the length.
///
/// steps = 1 gives a alone. Where the angle says nothing slerp does this: for vectors that point the same way, and
/// where one is 0, it is linear, which is its limit; for opposite ones, between which no great circle is the shortest,
/// it turns through the axis along which a is shortest, with a length that goes linearly from that of a to that of b.
/// Between its ends slerp of what is not finite is NaN. Throws Error for shapes that differ, other dtypes, vectors that
/// are empty, and steps below 1.
///
/// Source: Shoemake, "Animating rotation with quaternion curves", SIGGRAPH 1985; White, "Sampling generative networks",
/// arXiv 1609.04468, section 2.1.
Tensor interpolate(const Tensor& from, const Tensor& to, std::int64_t steps, Interpolation mode);

}  // namespace wisp::models
