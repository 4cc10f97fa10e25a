// The transforms of all tiles of an image batch, into the matrices of tiles.h.
#pragma once

#include <algorithm>
#include <cstdint>

#include <wisp/core/parallel.h>
#include <wisp/kernels/winograd/matrices.h>
#include <wisp/kernels/winograd/micro_kernel.h>
#include <wisp/kernels/winograd/tiles.h>
#include <wisp/kernels/winograd/transform.h>

namespace wisp::kernels::winograd {

/// Where a tile stands.
struct TilePlace {
  std::int64_t image;
  std::int64_t top, left;  ///< its first output

  TilePlace(const TileClass& c, std::int64_t row)
      : image(row / c.tiles_per_image()),
        top(c.height.first + row / c.width.count % c.height.count * c.height.size),
        left(c.width.first + row % c.width.count * c.width.size) {}
};

/// For a range of a class's tiles and all their pixels: left D right^T of each phase and channel into `to`.
/// pixels(row, phase, pointers) sets a pointer to each pixel's first channel, or null for one outside the image; rows
/// beyond the tiles are all null.
template <const auto& left, const auto& right, Order order, class T, class Pixels>
void transform_tiles(const TileRange& range, std::int64_t phases, std::int64_t channels, const Pixels& pixels,
                     const ClassMatrices<T>& to) {
  using L = Lanes<T>;
  constexpr int group = order == Order::steps ? L::group : 1;
  constexpr int inputs = static_cast<int>(left[0].size() * right[0].size());
  constexpr int positions = static_cast<int>(left.size() * right.size());
  const std::int64_t panels = divide_up(channels, L::width), stride = to.position_stride();
  for (std::int64_t row = range.first; row < range.last; row += group)
    for (std::int64_t phase = 0; phase < phases; ++phase) {
      const T* pixel[group][inputs];
      // The next tile is fetched ahead: it lies too far away for the processor to do so by itself.
      pixels(std::min(row + group, range.last - 1), phase, pixel[0]);
      for (const T* ahead : pixel[0])
        for (std::int64_t c = 0; ahead != nullptr && c < channels; c += 64 / std::int64_t{sizeof(T)})
          __builtin_prefetch(ahead + c);
      for (int i = 0; i < group; ++i) pixels(row + i, phase, pixel[i]);
      for (std::int64_t c = 0; c < panels * L::width; c += L::count) {
        Vector<T> data[inputs], result[group][positions];
        for (int i = 0; i < group; ++i) {
          for (int j = 0; j < inputs; ++j)
            data[j] = pixel[i][j] != nullptr && c < channels ? load_first(pixel[i][j] + c, channels - c) : Vector<T>{};
          transform<left, right>(data, result[i]);
        }
        T* const at = to.at(0, phase * panels + c / L::width) + row * L::width + c % L::width * group;
        for (int position = 0; position < positions; ++position) {
          if constexpr (group == 1) {
            store(at + position * stride, result[0][position]);
          } else {
            const Vector<T> rows[] = {result[0][position], result[1][position]};
            store_group(at + position * stride, rows);
          }
        }
      }
    }
}

/// Calls body(class, range) for parts of each class's rows, in parallel.
template <class T, class Body>
void for_each_part(const TileMatrices<T>& to, const Body& body) {
  constexpr std::int64_t parts = 16;
  parallel_for(parts, 1, [&](std::int64_t part, std::int64_t) {
    for (const TileClass& c : to.plan) body(c, to.part(c, part, parts));
  });
}

/// B^T d B of every tile of the big image's phases.
template <Order order, class T>
void transform_input(const Plan& plan, const T* x, const TileMatrices<T>& to) {
  const Conv2dGeometry& g = plan.g;
  for_each_part(to, [&](const TileClass& c, const TileRange& range) {
    visit_sizes(c, [&]<int height, int width>() {
      const auto pixels = [&](std::int64_t row, std::int64_t phase, const T** pointers) {
        const TilePlace place(c, row);
        const Plan::Phase f = plan.phase(phase);
        const std::int64_t top = place.top * g.height.stride + f.height - g.height.padding;
        const std::int64_t start = place.left * g.width.stride + f.width - g.width.padding;
        for (int a = 0; a <= height; ++a)
          for (int b = 0; b <= width; ++b) {
            const std::int64_t i = top + a * g.height.stride, j = start + b * g.width.stride;
            const bool inside = place.image < to.images && i >= 0 && i < g.height.input && j >= 0 && j < g.width.input;
            *pointers++ = inside ? x + ((place.image * g.height.input + i) * g.width.input + j) * g.channels : nullptr;
          }
      };
      using C = typename Lanes<T>::Compute;
      transform_tiles<Matrices<C, height>::b_transposed, Matrices<C, width>::b_transposed, order>(
          range, plan.phases(), g.channels, pixels, to.of(c));
    });
  });
}

/// A y A^T of every tile of the small image.
template <Order order, class T>
void transform_output_gradient(const Plan& plan, const T* y, const TileMatrices<T>& to) {
  const Conv2dGeometry& g = plan.g;
  for_each_part(to, [&](const TileClass& c, const TileRange& range) {
    visit_sizes(c, [&]<int height, int width>() {
      const auto pixels = [&](std::int64_t row, std::int64_t, const T** pointers) {
        const TilePlace place(c, row);
        const T* const image = y + place.image * g.height.output * g.width.output * g.filters;
        for (int a = 0; a < height; ++a)
          for (int b = 0; b < width; ++b)
            *pointers++ = place.image < to.images
                              ? image + ((place.top + a) * g.width.output + place.left + b) * g.filters
                              : nullptr;
      };
      using C = typename Lanes<T>::Compute;
      transform_tiles<Matrices<C, height>::a, Matrices<C, width>::a, order>(range, 1, g.filters, pixels, to.of(c));
    });
  });
}

}  // namespace wisp::kernels::winograd
