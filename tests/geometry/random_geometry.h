// Random geometries that are small enough for the seven loops, with all the edges that convolutions have.
#pragma once

#include <string>

#include <tests/kernels/conv2d_reference.h>

namespace wisp::testing {

/// How much larger the big image is than the outputs reach, on one axis: the output_padding of a transposed
/// convolution. Negative when the outputs reach too far.
std::int64_t output_padding(const Conv2dAxis& axis);

/// Whether the kernels accept it.
bool is_valid(const Conv2dGeometry& geometry);

/// Mostly a few channels and pixels; now and then enough channels to cross every SIMD width, enough pixels for several
/// tasks. All options of each axis are its own.
Conv2dGeometry random_geometry(Rng& rng);

/// What to print when a geometry fails.
std::string describe(const Conv2dGeometry& geometry);

}  // namespace wisp::testing
