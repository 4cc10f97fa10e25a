// What must hold for every geometry. A check draws its operands from `rng` and returns what is wrong, "" if nothing.
#pragma once

#include <string>

#include <tests/geometry/random_geometry.h>

namespace wisp::testing {

/// The three kernels, every implementation, on small integers in f64, and in f32 or bf16: the numbers of the
/// definition, exactly (in bf16 rounded once), and nothing written around them; <C(x,w), y> = <x, I(y,w)> = <w,
/// W(x,y)>.
std::string check_exact(const Conv2dGeometry& geometry, Rng rng);

/// The three kernels, every implementation, on normal numbers in the other one of f32 and bf16: |error| <= (K + 2) u
/// sum |a b| over the K terms of each result with u of f32, and half an ulp of bf16 more where the result is bf16.
std::string check_rounding(const Conv2dGeometry& geometry, Rng rng);

/// The value of the op and its gradients of orders 1 and 2, with bias, against the definition, exactly. Holds for
/// geometries that the op's options cannot describe.
std::string check_conv2d_gradients(const Conv2dGeometry& geometry, Rng rng);
std::string check_conv_transpose2d_gradients(const Conv2dGeometry& geometry, Rng rng);

}  // namespace wisp::testing
