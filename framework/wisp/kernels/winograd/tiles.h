// Where transformed tiles lie: in the matrices that are multiplied, one per position, a row per tile.
#pragma once

#include <algorithm>
#include <cstdint>

#include <wisp/core/parallel.h>
#include <wisp/kernels/winograd/micro_kernel.h>
#include <wisp/kernels/winograd/plan.h>

namespace wisp::kernels::winograd {

/// The matrices of one class: position after position, each `panels` panels of `rows` rows.
template <class T>
struct ClassMatrices {
  T* data;
  std::int64_t rows;  ///< a multiple of tile_rows; those beyond the tiles are zero
  std::int64_t panels;

  std::int64_t panel_stride() const { return rows * Lanes<T>::width; }
  /// One row more than the panels, so that the positions of a tile do not all fall into the same cache sets.
  std::int64_t position_stride() const { return panels * panel_stride() + Lanes<T>::width; }
  T* at(std::int64_t position, std::int64_t panel) const {
    return data + position * position_stride() + panel * panel_stride();
  }
};

/// Rows first to last - 1, both multiples of tile_rows.
struct TileRange {
  std::int64_t first, last;
};

/// The matrices of all classes for `images` images, in one array.
template <class T>
struct TileMatrices {
  const Plan& plan;
  std::int64_t images;
  std::int64_t panels;
  T* data = nullptr;

  std::int64_t tiles(const TileClass& c) const { return images * c.tiles_per_image(); }
  std::int64_t rows(const TileClass& c) const { return round_up(tiles(c), tile_rows); }

  /// The rows of a class that belong to part `part` of `parts` equal ones.
  TileRange part(const TileClass& c, std::int64_t part, std::int64_t parts) const {
    const std::int64_t count = rows(c) / tile_rows;
    return {count * part / parts * tile_rows, count * (part + 1) / parts * tile_rows};
  }

  ClassMatrices<T> of(const TileClass& wanted) const {
    ClassMatrices<T> result{data, 0, panels};
    for (const TileClass& c : plan) {
      result.rows = rows(c);
      if (&c == &wanted) break;
      result.data += c.positions() * result.position_stride();
    }
    return result;
  }

  std::int64_t numel() const {
    std::int64_t count = 0;
    for (const TileClass& c : plan)
      count += c.positions() * ClassMatrices<T>{nullptr, rows(c), panels}.position_stride();
    return count + tile_rows * Lanes<T>::width;  // a register tile that begins with the last row reads as many
  }
};

/// Images whose matrices of `panels` panels are made at once: as many as the third-level cache holds with ease.
template <class T>
std::int64_t images_at_once(const Plan& plan, std::int64_t panels) {
  constexpr std::int64_t most_bytes = std::int64_t{8} << 20;
  const std::int64_t bytes = plan.products_per_image() * panels * Lanes<T>::width * std::int64_t{sizeof(T)};
  return std::clamp<std::int64_t>(most_bytes / bytes, 1, plan.g.batch);
}

/// Calls visitor.operator()<height, width>() with the sizes of the tiles of a class.
template <class Visitor>
void visit_sizes(const TileClass& c, Visitor visitor) {
  const auto with_height = [&]<int height>() {
    switch (c.width.size) {
      case 2: return visitor.template operator()<height, 2>();
      case 3: return visitor.template operator()<height, 3>();
      default: return visitor.template operator()<height, 4>();
    }
  };
  switch (c.height.size) {
    case 2: return with_height.template operator()<2>();
    case 3: return with_height.template operator()<3>();
    default: return with_height.template operator()<4>();
  }
}

}  // namespace wisp::kernels::winograd
