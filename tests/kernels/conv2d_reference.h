// The definition of the convolution trio as seven loops, for any geometry.
#pragma once

#include <vector>

#include <wisp/core/rng.h>
#include <wisp/kernels/conv2d.h>

namespace wisp::testing {

using kernels::Conv2dAxis;
using kernels::Conv2dGeometry;

/// Calls visit(x index, w index, y index) for every multiplication of the definition.
template <class Visit>
void visit_products(const Conv2dGeometry& g, Visit visit) {
  const std::int64_t group_channels = g.channels / g.groups, group_filters = g.filters / g.groups;
  for (std::int64_t n = 0; n < g.batch; ++n)
    for (std::int64_t i = 0; i < g.height.output; ++i)
      for (std::int64_t j = 0; j < g.width.output; ++j)
        for (std::int64_t f = 0; f < g.filters; ++f)
          for (std::int64_t a = 0; a < g.height.kernel; ++a)
            for (std::int64_t b = 0; b < g.width.kernel; ++b) {
              const std::int64_t row = i * g.height.stride - g.height.padding + a * g.height.dilation;
              const std::int64_t column = j * g.width.stride - g.width.padding + b * g.width.dilation;
              if (row < 0 || row >= g.height.input || column < 0 || column >= g.width.input) continue;
              for (std::int64_t c = 0; c < group_channels; ++c) {
                const std::int64_t channel = f / group_filters * group_channels + c;
                visit(static_cast<std::size_t>(((n * g.height.input + row) * g.width.input + column) * g.channels +
                                               channel),
                      static_cast<std::size_t>(((f * g.height.kernel + a) * g.width.kernel + b) * group_channels + c),
                      static_cast<std::size_t>(((n * g.height.output + i) * g.width.output + j) * g.filters + f));
              }
            }
}

/// Standard normal numbers.
template <class T>
std::vector<T> random_values(std::int64_t count, Rng& rng) {
  std::vector<T> values(static_cast<std::size_t>(count));
  rng.normal(values);
  return values;
}

}  // namespace wisp::testing
