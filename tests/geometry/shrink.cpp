#include <tests/geometry/shrink.h>

#include <algorithm>
#include <vector>

namespace wisp::testing {
namespace {

std::int64_t size(const Conv2dGeometry& g) {
  const auto axis = [](const Conv2dAxis& a) {
    return a.input + a.output + a.kernel + a.stride + a.padding + a.dilation;
  };
  return g.batch + g.channels + g.filters + g.groups + axis(g.height) + axis(g.width);
}

// The least value, half, and one less; largest step first.
std::vector<std::int64_t> smaller(std::int64_t value, std::int64_t least) {
  std::vector<std::int64_t> values;
  for (const std::int64_t next : {least, value / 2, value - 1})
    if (next >= least && next < value) values.push_back(next);
  return values;
}

// The least axis, and smaller neighbours, with as many outputs as before, with the most that fit, and with as much left
// over.
std::vector<Conv2dAxis> smaller(const Conv2dAxis& axis) {
  std::vector<Conv2dAxis> axes = {{1, 1, 1, 1, 0, 1}};
  for (const auto member : {&Conv2dAxis::input, &Conv2dAxis::output, &Conv2dAxis::kernel, &Conv2dAxis::stride,
                            &Conv2dAxis::padding, &Conv2dAxis::dilation})
    for (const std::int64_t value : smaller(axis.*member, member == &Conv2dAxis::padding ? 0 : 1)) {
      Conv2dAxis a = axis;
      a.*member = value;
      axes.push_back(a);
      Conv2dAxis same_left_over = a;
      same_left_over.input += output_padding(axis) - output_padding(a);
      axes.push_back(same_left_over);
      a.output += output_padding(a) >= 0 ? output_padding(a) / a.stride : (output_padding(a) + 1) / a.stride - 1;
      axes.push_back(a);
    }
  return axes;
}

std::vector<Conv2dGeometry> smaller(const Conv2dGeometry& g) {
  std::vector<Conv2dGeometry> geometries;
  const auto add = [&](std::int64_t batch, std::int64_t groups, std::int64_t channels, std::int64_t filters) {
    geometries.push_back({batch, groups * channels, groups * filters, groups, g.height, g.width});
  };
  const std::int64_t channels = g.channels / g.groups, filters = g.filters / g.groups;
  if (g.groups > 1) add(g.batch, 1, g.channels, g.filters);
  for (const std::int64_t batch : smaller(g.batch, 1)) add(batch, g.groups, channels, filters);
  for (const std::int64_t groups : smaller(g.groups, 1)) add(g.batch, groups, channels, filters);
  for (const std::int64_t count : smaller(channels, 1)) add(g.batch, g.groups, count, filters);
  for (const std::int64_t count : smaller(filters, 1)) add(g.batch, g.groups, channels, count);
  for (const auto member : {&Conv2dGeometry::height, &Conv2dGeometry::width})
    for (const Conv2dAxis& axis : smaller(g.*member)) {
      geometries.push_back(g);
      geometries.back().*member = axis;
    }
  return geometries;
}

}  // namespace

Conv2dGeometry shrink(Conv2dGeometry geometry, const std::function<bool(const Conv2dGeometry&)>& fails) {
  for (;;) {
    const std::vector<Conv2dGeometry> candidates = smaller(geometry);
    const auto next = std::find_if(candidates.begin(), candidates.end(), [&](const Conv2dGeometry& g) {
      return size(g) < size(geometry) && is_valid(g) && fails(g);
    });
    if (next == candidates.end()) return geometry;
    geometry = *next;
  }
}

}  // namespace wisp::testing
