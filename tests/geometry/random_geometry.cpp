#include <tests/geometry/random_geometry.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace wisp::testing {
namespace {

std::int64_t pick(Rng& rng, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(rng.integer(static_cast<std::uint64_t>(high - low + 1)));
}

bool once_in(Rng& rng, std::int64_t count) { return pick(rng, 1, count) == 1; }

Conv2dAxis random_axis(Rng& rng, bool large) {
  Conv2dAxis a;
  a.kernel = once_in(rng, 12) ? pick(rng, 6, 7) : pick(rng, 1, 5);
  a.stride = pick(rng, 1, 4);
  a.dilation = once_in(rng, 2) ? 1 : pick(rng, 2, 4);
  a.padding = once_in(rng, 12) ? pick(rng, a.kernel, a.kernel + 3) : pick(rng, 0, 3);
  const std::int64_t reach = a.dilation * (a.kernel - 1) + 1;
  const std::int64_t least = std::max<std::int64_t>(1, reach - 2 * a.padding);
  a.input = large ? pick(rng, least + 20, least + 50) : once_in(rng, 8) ? least : pick(rng, least, least + 9);
  a.output = (a.input + 2 * a.padding - reach) / a.stride + 1;
  if (once_in(rng, 6)) a.output = pick(rng, 1, a.output);  // leaves outputs out, as a large output_padding does
  return a;
}

// Kernels between one and two strides large, which random axes seldom are both: what Winograd's algorithm takes.
void make_two_taps_per_phase(Conv2dAxis& a, Rng& rng) {
  a.dilation = 1;
  a.stride = pick(rng, 1, 3);
  a.kernel = pick(rng, a.stride + 1, 2 * a.stride);
  a.output = pick(rng, 2, 11);
  a.padding = pick(rng, 0, 3);
  a.input =
      std::max<std::int64_t>(1, a.stride * (a.output - 1) + a.kernel - 2 * a.padding + pick(rng, 0, a.stride - 1));
}

std::int64_t random_channels(Rng& rng) {
  constexpr std::array<std::int64_t, 9> edges = {7, 8, 9, 15, 16, 17, 31, 32, 33};
  return once_in(rng, 6) ? edges[rng.integer(edges.size())] : pick(rng, 1, 4);
}

}  // namespace

std::int64_t output_padding(const Conv2dAxis& a) {
  return a.input + 2 * a.padding - a.dilation * (a.kernel - 1) - 1 - a.stride * (a.output - 1);
}

bool is_valid(const Conv2dGeometry& g) {
  const auto axis_is_valid = [](const Conv2dAxis& a) {
    return std::min({a.input, a.output, a.kernel, a.stride, a.dilation}) >= 1 && a.padding >= 0 &&
           output_padding(a) >= 0;
  };
  return std::min({g.batch, g.channels, g.filters, g.groups}) >= 1 && g.channels % g.groups == 0 &&
         g.filters % g.groups == 0 && axis_is_valid(g.height) && axis_is_valid(g.width);
}

Conv2dGeometry random_geometry(Rng& rng) {
  Conv2dGeometry g;
  g.batch = pick(rng, 1, 3);
  g.groups = once_in(rng, 3) ? pick(rng, 2, 4) : 1;
  g.channels = random_channels(rng);
  g.filters = random_channels(rng);
  if (g.groups > 1 && once_in(rng, 4)) {  // depthwise
    g.groups = g.filters = g.channels;
  } else {
    g.channels *= g.groups;
    g.filters *= g.groups;
  }
  const bool large = once_in(rng, 25);  // more pixels than one task takes
  g.height = random_axis(rng, large);
  g.width = random_axis(rng, large);
  if (g.groups == 1 && once_in(rng, 6))
    for (Conv2dAxis* axis : {&g.height, &g.width}) make_two_taps_per_phase(*axis, rng);
  return g;
}

std::string describe(const Conv2dGeometry& g) {
  const auto axis = [](const Conv2dAxis& a) {
    return fmt::format("{}->{} k{} s{} p{} d{}", a.input, a.output, a.kernel, a.stride, a.padding, a.dilation);
  };
  return fmt::format("batch {} channels {} filters {} groups {}, height {}, width {}", g.batch, g.channels, g.filters,
                     g.groups, axis(g.height), axis(g.width));
}

}  // namespace wisp::testing
