// The smallest geometry that still fails.
#pragma once

#include <functional>

#include <tests/geometry/random_geometry.h>

namespace wisp::testing {

/// Makes one number of a failing geometry after the other smaller for as long as `fails` holds: no single number of the
/// result can go down by one, by half or to its least value without the failure going away. Asks of valid geometries
/// only.
Conv2dGeometry shrink(Conv2dGeometry geometry, const std::function<bool(const Conv2dGeometry&)>& fails);

}  // namespace wisp::testing
