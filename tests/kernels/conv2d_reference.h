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
            for (std::int64_t b = 0; b < g.width.kernel; ++b)
              for (std::int64_t c = 0; c < group_channels; ++c) {
                const std::int64_t row = i * g.height.stride - g.height.padding + a * g.height.dilation;
                const std::int64_t column = j * g.width.stride - g.width.padding + b * g.width.dilation;
                if (row < 0 || row >= g.height.input || column < 0 || column >= g.width.input) continue;
                const std::int64_t channel = f / group_filters * group_channels + c;
                visit(((n * g.height.input + row) * g.width.input + column) * g.channels + channel,
                      ((f * g.height.kernel + a) * g.width.kernel + b) * group_channels + c,
                      ((n * g.height.output + i) * g.width.output + j) * g.filters + f);
              }
}

/// A random geometry that is small enough for the seven loops, with all the edges that convolutions have.
inline Conv2dGeometry random_geometry(Rng& rng) {
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(rng.integer(static_cast<std::uint64_t>(high - low + 1)));
  };
  const auto axis = [&] {
    Conv2dAxis a;
    a.kernel = pick(1, 5);
    a.stride = pick(1, 4);
    a.dilation = pick(1, 3);
    a.padding = pick(0, 4);
    const std::int64_t reach = a.dilation * (a.kernel - 1) + 1;
    a.input =
        pick(std::max<std::int64_t>(1, reach - 2 * a.padding), std::max<std::int64_t>(1, reach - 2 * a.padding) + 9);
    a.output = (a.input + 2 * a.padding - reach) / a.stride + 1;
    // Now and then a last output is left out, as a large output_padding does.
    if (a.output > 1 && pick(0, 5) == 0) --a.output;
    return a;
  };
  Conv2dGeometry g;
  g.batch = pick(1, 3);
  g.groups = pick(0, 2) == 0 ? pick(2, 3) : 1;
  g.channels = g.groups * pick(1, pick(0, 3) == 0 ? 18 : 4);
  g.filters = g.groups * pick(1, pick(0, 3) == 0 ? 19 : 4);
  g.height = axis();
  g.width = axis();
  return g;
}

/// What to print when a geometry fails.
inline std::string describe(const Conv2dGeometry& g) {
  const auto axis = [](const Conv2dAxis& a) {
    return fmt::format("{}->{} k{} s{} p{} d{}", a.input, a.output, a.kernel, a.stride, a.padding, a.dilation);
  };
  return fmt::format("batch {} channels {} filters {} groups {}, height {}, width {}", g.batch, g.channels, g.filters,
                     g.groups, axis(g.height), axis(g.width));
}

template <class T>
std::vector<T> random_values(std::int64_t count, Rng& rng) {
  std::vector<T> values(static_cast<std::size_t>(count));
  rng.normal(values);
  return values;
}

}  // namespace wisp::testing
