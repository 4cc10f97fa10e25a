#include <wisp/data/shapes.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <wisp/core/parallel.h>
#include <wisp/core/rng.h>

namespace wisp {
namespace {

constexpr std::int64_t training_count = 6'000, test_count = 600, kinds = shape_names.size();
constexpr std::int64_t unit = 1 << 16;   // the side of a picture, in the unit of all lengths
constexpr std::int64_t share = 1 << 12;  // fractions are whole multiples of 1 / share
constexpr std::int64_t points = 4;       // a pixel is looked at in 4 x 4 points
constexpr std::int64_t colours = 3;

// A number as a multiple of 1 / share.
std::int64_t shares(double x) { return std::llround(x * static_cast<double>(share)); }

struct Direction {
  std::int64_t x, y;  // shares
};

Direction direction(double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  return {shares(std::cos(angle)), shares(std::sin(angle))};
}

// Lengths in a shape whose circle has radius 1, as multiples of 1 / share.
const std::int64_t half_side = shares(std::sqrt(0.5)), half_arm = shares(0.32),
                   arm = shares(std::sqrt(1 - 0.32 * 0.32)), slope = shares(std::sqrt(3)), hole = shares(0.55),
                   star_line = shares(std::cos(0.4 * std::numbers::pi));
const std::array<Direction, 5> star_normals = {direction(-90), direction(-18), direction(54), direction(126),
                                               direction(198)};

using Colour = std::array<std::int64_t, colours>;

// A colour of this hue, from 0 to 1535 once around the circle. `low` is its least number, `high` its largest.
Colour colour(std::int64_t hue, std::int64_t low, std::int64_t high) {
  Colour result;
  for (std::int64_t c = 0; c < colours; ++c) {
    const std::int64_t place = (hue + 512 * c) % 1536,
                       distance = std::abs(place - 768);  // 0 where this number is the largest
    result[static_cast<std::size_t>(c)] = low + (high - low) * std::clamp<std::int64_t>(512 - distance, 0, 256) / 256;
  }
  return result;
}

struct Scene {
  std::int64_t kind;
  std::int64_t radius, x, y;  // of the circle around the shape, and its centre
  Direction tilt;
  Colour shape, background;
};

Scene scene_of(std::int64_t index) {
  constexpr std::uint64_t blocks = 64;  // of random numbers for a picture, more than it takes
  Rng rng(0x736861706573);
  rng.set_position(static_cast<std::uint64_t>(index) * blocks);
  const auto between = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(rng.integer(static_cast<std::uint64_t>(high - low + 1)));
  };
  Scene scene;
  scene.kind = index % kinds;
  scene.radius = between(unit * 22 / 100, unit * 38 / 100);
  const std::int64_t margin = scene.radius + unit / 32;
  scene.x = between(margin, unit - margin);
  scene.y = between(margin, unit - margin);
  scene.tilt = direction(static_cast<double>(between(-15, 15)));
  scene.shape = colour(between(0, 1535), between(0, 60), between(215, 255));
  const std::int64_t shade = between(0, 1) == 0 ? between(20, 80) : between(175, 235), tint = between(0, 20);
  scene.background = colour(between(0, 1535), shade - tint, shade + tint);
  return scene;
}

// Whether a point in the circle of `radius` around an upright shape, seen from its centre, lies in the shape.
bool is_inside(std::int64_t kind, std::int64_t radius, std::int64_t x, std::int64_t y) {
  const std::int64_t wide = std::abs(x), high = std::abs(y);
  const auto length = [&](std::int64_t part) { return part * radius / share; };
  switch (kind) {
    case 0: return true;
    case 1: return std::max(wide, high) <= length(half_side);
    case 2: return y <= radius / 2 && y + radius >= slope * wide / share;
    case 3: return std::min(wide, high) <= length(half_arm) && std::max(wide, high) <= length(arm);
    case 4: {  // a pentagram's points lie on the inner side of at least four of its five lines
      int inner = 0;
      for (const Direction& normal : star_normals) inner += normal.x * x + normal.y * y <= star_line * radius;
      return inner >= 4;
    }
    default: return x * x + y * y >= length(hole) * length(hole);
  }
}

// The places of an axis' points, from `centre` on.
std::vector<std::int64_t> offsets(std::int64_t size, std::int64_t centre) {
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < points * size; ++i) result.push_back((2 * i + 1) * unit / (2 * points * size) - centre);
  return result;
}

// How many of each pixel's points lie in the shape.
std::vector<int> coverage(const Scene& scene, std::int64_t size) {
  std::vector<int> counts(static_cast<std::size_t>(size * size));
  const std::vector<std::int64_t> xs = offsets(size, scene.x), ys = offsets(size, scene.y);
  for (std::int64_t row = 0; row < points * size; ++row) {
    const std::int64_t y = ys[static_cast<std::size_t>(row)], in_circle = scene.radius * scene.radius - y * y;
    if (in_circle < 0) continue;
    int* line = counts.data() + row / points * size;
    for (std::int64_t column = 0; column < points * size; ++column) {
      const std::int64_t x = xs[static_cast<std::size_t>(column)];
      if (x * x <= in_circle)
        line[column / points] += is_inside(scene.kind, scene.radius, (scene.tilt.x * x + scene.tilt.y * y) / share,
                                           (scene.tilt.x * y - scene.tilt.y * x) / share);
    }
  }
  return counts;
}

// size x size x 3 bytes.
void draw(const Scene& scene, std::int64_t size, std::uint8_t* out) {
  constexpr std::int64_t all = points * points;
  for (const int inside : coverage(scene, size))
    for (std::size_t c = 0; c < colours; ++c)
      *out++ =
          static_cast<std::uint8_t>((inside * scene.shape[c] + (all - inside) * scene.background[c] + all / 2) / all);
}

}  // namespace

ImageDataset draw_shapes(Split split, std::int64_t size) {
  check(8 <= size && size <= 512, "draw_shapes: size is {}, expected 8 to 512", size);
  const std::int64_t count = split == Split::train ? training_count : test_count;
  const std::int64_t first = split == Split::train ? 0 : training_count;
  ImageDataset dataset{.images = Tensor::empty({count, colours, size, size}, DType::u8),
                       .labels = Tensor::empty({count}, DType::u8)};
  auto* images = dataset.images.mutable_data<std::uint8_t>();  // channels-last
  auto* labels = dataset.labels.mutable_data<std::uint8_t>();
  parallel_for(count, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Scene scene = scene_of(first + i);
      draw(scene, size, images + i * colours * size * size);
      labels[i] = static_cast<std::uint8_t>(scene.kind);
    }
  });
  return dataset;
}

}  // namespace wisp
