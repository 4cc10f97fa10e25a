// Groups of a convolution: independent convolutions on slices of the channels.
#pragma once

#include <cstdint>

#include <wisp/core/parallel.h>
#include <wisp/kernels/conv2d.h>

namespace wisp::kernels::native {

/// Calls body(group) for every group; many small groups run in parallel, few or large ones in turn, each in parallel
/// inside.
template <class Body>
void for_each_group(const Conv2dGeometry& geometry, const Body& body) {
  const bool small = geometry.flops() < 1e7 * static_cast<double>(geometry.groups);
  if (geometry.groups >= 8 && small) {
    parallel_for(geometry.groups, 1, [&](std::int64_t group, std::int64_t) { body(group); });
  } else {
    for (std::int64_t group = 0; group < geometry.groups; ++group) body(group);
  }
}

}  // namespace wisp::kernels::native
