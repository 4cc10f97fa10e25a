// The convolution trio's conv2d_grad_input as a matrix product whose rows are added to the image.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <wisp/core/parallel.h>
#include <wisp/kernels/native/im2col.h>
#include <wisp/kernels/native/matrix_operands.h>
#include <wisp/kernels/native/packed_gemm.h>
#include <wisp/kernels/native/regions.h>

namespace wisp::kernels::native {

/// x = I(y, w) for one group: the product y w (pixels x taps), of which each row is added to its patch of x. Tasks own
/// disjoint regions of x.
template <class T>
class GradInput {
  using Size = Tile<T>;

 public:
  GradInput(const Conv2dGeometry& geometry, std::int64_t group, const T* y, const T* w, T* x)
      : g_(geometry),
        group_(group),
        matrix_(geometry, group),
        filters_(geometry.filters / geometry.groups),
        y_(y + group * filters_),
        w_(w + group * filters_ * matrix_.columns()),
        x_(x) {}

  void run() const {
    const InputRegions regions(g_);
    if (filters_ == 0) {
      for (std::int64_t task = 0; task < regions.count(); ++task) clear(regions[task]);
      return;
    }
    visit_right_panels<T>(matrix_.columns(), filters_, RightMatrix<T>{w_, matrix_.columns()},
                          [&](const RightPanels<T>& weights) { add_product(regions, weights); });
  }

 private:
  void clear(const Region& region) const {
    const std::int64_t channels = matrix_.channels();
    for (std::int64_t n = region.first; n < region.last; ++n) {
      for (std::int64_t i = region.top; i < region.bottom; ++i) {
        T* const row = x_ + (n * g_.height.input + i) * g_.width.input * g_.channels;
        if (g_.groups == 1) {
          std::fill(row + region.left * channels, row + region.right * channels, T{});
          continue;
        }
        for (std::int64_t j = region.left; j < region.right; ++j) {
          std::fill_n(row + j * g_.channels + group_ * channels, channels, T{});
        }
      }
    }
  }

  /// Adds what comes from these weights, the columns of which are taps.
  void add_product(const InputRegions& regions, const RightPanels<T>& weights) const {
    parallel_for(regions.count(), 1, [&](std::int64_t task, std::int64_t) {
      const Region region = regions[task];
      if (weights.column == 0 && weights.depth == 0) clear(region);
      const Region pixels = outputs_of(region, g_);
      for (std::int64_t pixel = 0; pixel < pixels.count(); pixel += Size::block_rows) {
        Block block;
        block.rows = std::min<std::int64_t>(Size::block_rows, pixels.count() - pixel);
        block.window = {region.top, region.bottom, region.left * g_.channels, region.right * g_.channels};
        std::array<const T*, Size::block_rows> sources;
        pixels.visit(pixel, block.rows, [&](std::int64_t r, std::int64_t n, std::int64_t y_i, std::int64_t y_j) {
          block.patches[r] = matrix_.patch(n, y_i, y_j);
          sources[r] = y_ + ((n * g_.height.output + y_i) * g_.width.output + y_j) * g_.filters;
        });
        T* const a = scratch<T>(Slot::left, Size::block_rows * Size::row_stride);
        weights.visit_steps([&](std::int64_t p, std::int64_t depth, const T* b) {
          for (std::int64_t r = 0; r < block.rows; ++r) copy_run(sources[r] + p, depth, a + r * Size::row_stride);
          multiply(block, depth, a, b, weights.column, weights.columns);
        });
      }
    });
  }

  struct Block {
    std::int64_t rows;
    Window window;
    std::array<Patch, Size::block_rows> patches;
  };

  void multiply(const Block& block, std::int64_t depth, const T* a, const T* b, std::int64_t j,
                std::int64_t columns) const {
    for (std::int64_t s = 0; s < columns; s += Size::block_columns) {
      const std::int64_t width = std::min<std::int64_t>(Size::block_columns, columns - s);
      if (matrix_.channels() % Size::columns == 0) {
        add_tiles(block, depth, a, b + s * depth, j + s, width);
      } else {
        add_columns(block, depth, a, b + s * depth, j + s, width);
      }
    }
  }

  /// Every register tile lies within one tap, so it is added to x straight from the registers.
  void add_tiles(const Block& block, std::int64_t depth, const T* a, const T* b, std::int64_t j,
                 std::int64_t columns) const {
    std::array<Run, Size::block_columns / Size::columns> runs;
    Im2col::Runs storage;
    for (std::int64_t s = 0; s < columns; s += Size::columns) {
      runs[s / Size::columns] = matrix_.runs(j + s, Size::columns, storage)[0];
    }
    multiply_block<T, PanelOrder::rows>(block.rows, columns, depth, a, b, true,
                                        [&](std::int64_t i, std::int64_t s) -> T* {
                                          const Run& run = runs[s / Size::columns];
                                          const Patch& patch = block.patches[i];
                                          const auto [begin, end] = overlap(run, patch, block.window);
                                          return begin < end ? x_ + (patch.offset + run.offset) : nullptr;
                                        });
  }

  void add_columns(const Block& block, std::int64_t depth, const T* a, const T* b, std::int64_t j,
                   std::int64_t columns) const {
    T* const product = scratch<T>(Slot::result, Size::block_rows * Size::block_columns);
    multiply_block<T, PanelOrder::rows>(block.rows, columns, depth, a, b, false, DenseTarget<T>{product, columns});
    Im2col::Runs storage;
    const auto runs = matrix_.runs(j, columns, storage);
    for (std::int64_t i = 0; i < block.rows; ++i) {
      scatter_add(product + i * columns, matrix_, block.patches[i], runs, block.window, x_);
    }
  }

  const Conv2dGeometry& g_;
  std::int64_t group_;
  Im2col matrix_;
  std::int64_t filters_;
  const T* y_;
  const T* w_;
  T* x_;
};

}  // namespace wisp::kernels::native
