#include <algorithm>
#include <array>
#include <cstdint>

#include <wisp/core/parallel.h>
#include <wisp/kernels/native/conv2d.h>
#include <wisp/kernels/native/depthwise.h>
#include <wisp/kernels/native/gemm.h>
#include <wisp/kernels/native/groups.h>
#include <wisp/kernels/native/im2col.h>
#include <wisp/kernels/native/input_regions.h>
#include <wisp/kernels/native/matrix_operands.h>
#include <wisp/kernels/native/packed_gemm.h>

namespace wisp::kernels::native {
namespace {

/// The product y w (pixels x taps), of which each row is added to its patch of x. Tasks own disjoint regions of x.
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
    const std::int64_t taps = matrix_.columns();
    const std::int64_t most_span = std::min(filters_, Plan<T>::span);
    const std::int64_t most_columns = Plan<T>::shared / round_up(most_span, 4) / Size::columns * Size::columns;
    for (std::int64_t j = 0; j < taps; j += most_columns) {
      for (std::int64_t p = 0; p < filters_; p += most_span) {
        add_product(regions, j, std::min(most_columns, taps - j), p, std::min(most_span, filters_ - p));
      }
    }
  }

 private:
  void clear(const InputRegion& region) const {
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

  /// Adds the part of the product that comes from columns [j, j + columns) and filters [p, p + span).
  void add_product(const InputRegions& regions, std::int64_t j, std::int64_t columns, std::int64_t p,
                   std::int64_t span) const {
    const RightMatrix<T> weights{w_, matrix_.columns()};
    const std::int64_t step = depth_step<T>(span);
    const std::int64_t padded = round_up(columns, Size::columns);
    T* const b = scratch<T>(Slot::shared, padded * span);
    pack_shared(columns, Size::columns, span, step,
                [&](std::int64_t first, std::int64_t width, std::int64_t q, std::int64_t depth) {
                  weights.pack(b + q * padded + first * depth, p + q, depth, j + first, width);
                });
    parallel_for(regions.count(), 1, [&](std::int64_t task, std::int64_t) {
      const InputRegion region = regions[task];
      if (j == 0 && p == 0) clear(region);
      const OutputRegion pixels = region.outputs(g_);
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
        for (std::int64_t q = 0; q < span; q += step) {
          const std::int64_t depth = std::min(step, span - q);
          for (std::int64_t r = 0; r < block.rows; ++r) {
            copy_run(sources[r] + p + q, depth, a + r * Size::row_stride);
          }
          multiply(block, depth, a, b + q * padded, j, columns);
        }
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

}  // namespace

template <class T>
void conv2d_grad_input(const Conv2dGeometry& geometry, const T* y, const T* w, T* x) {
  const Im2col matrix(geometry, 0);
  const std::int64_t taps = matrix.columns();
  const std::int64_t filters = geometry.filters;
  if (Depthwise<T>::supports(geometry)) return Depthwise<T>(geometry).conv2d_grad_input(y, w, x);
  if (matrix.is_image()) return gemm<T>(matrix.rows(), taps, filters, {y, filters}, {w, taps}, x, taps);
  for_each_group(geometry, [&](std::int64_t group) { GradInput<T>(geometry, group, y, w, x).run(); });
}

template void conv2d_grad_input(const Conv2dGeometry&, const float*, const float*, float*);
template void conv2d_grad_input(const Conv2dGeometry&, const double*, const double*, double*);

}  // namespace wisp::kernels::native
