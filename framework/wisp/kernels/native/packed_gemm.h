// Blocked matrix multiplication of operands that know how to pack themselves.
//
// A left operand L has `static constexpr PanelOrder order` and
//   pack(T* panels, i, rows, p, depth)     packs rows [i, i + rows) and depth [p, p + depth), depth <= Tile::depth
// and a right operand R has
//   pack(T* panels, p, depth, j, columns)  packs depth [p, p + depth) and columns [j, j + columns),
// both into the panels of micro_kernel.h. The smaller operand is packed once and shared, each task packs its own block
// of the larger one. Blocks depend on m, n and k alone, and every element of the result is one sum in one order, so the
// bits do not depend on the number of threads.
//
// Source: K. Goto, R. van de Geijn, Anatomy of High-Performance Matrix Multiplication, ACM TOMS 34 (2008).
#pragma once

#include <algorithm>
#include <cstdint>

#include <wisp/core/parallel.h>
#include <wisp/kernels/native/micro_kernel.h>
#include <wisp/kernels/native/scratch.h>

namespace wisp::kernels::native {

/// A result with row stride `stride`.
template <class T>
struct DenseTarget {
  T* data;
  std::int64_t stride;
  T* operator()(std::int64_t i, std::int64_t j) const { return data + i * stride + j; }
};

/// k cut into equal steps of at most Tile::depth.
template <class T>
std::int64_t depth_step(std::int64_t k) {
  return round_up(divide_up(k, divide_up(k, Tile<T>::depth)), 4);
}

/// Sizes shared by the drivers below.
template <class T>
struct Plan {
  /// Elements of the operand packed for all threads.
  static constexpr std::int64_t shared = (std::int64_t{4} << 20) / static_cast<std::int64_t>(sizeof(T));
  /// Most of k between two passes over the result.
  static constexpr std::int64_t span = 16 * Tile<T>::depth;
  /// Least multiplications that are worth a task.
  static constexpr std::int64_t task_work = 1 << 18;

  /// Number of tasks `panels` panels are cut into.
  static std::int64_t tasks(std::int64_t panels, std::int64_t most_panels, std::int64_t work) {
    const std::int64_t wanted = std::min<std::int64_t>({16, panels, std::max<std::int64_t>(1, work / task_work)});
    return std::max(wanted, divide_up(panels, most_panels));
  }

  /// Number of partial sums k is cut into; more than one where k is long and the result small.
  static std::int64_t partials(std::int64_t m, std::int64_t n, std::int64_t k) {
    if (m > 256 || m * n * k < 4 * task_work) return 1;
    const std::int64_t most = std::min<std::int64_t>({16, shared / (m * n), k / (Tile<T>::depth * 3 / 2)});
    const std::int64_t least = m * n <= 128 * 128 ? 2 : 8;
    return most >= least ? most : 1;
  }
};

/// Packs `count` panels `unit` wide, `step` deep in parallel: pack(first, width, p, depth).
template <class Pack>
void pack_shared(std::int64_t size, std::int64_t unit, std::int64_t span, std::int64_t step, const Pack& pack) {
  const std::int64_t width = std::min(size, 8 * unit);
  const std::int64_t across = divide_up(size, width);
  const std::int64_t count = across * divide_up(span, step);
  const std::int64_t grain = size * span < (1 << 14) ? count : 1;
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t first = item % across * width;
      const std::int64_t p = item / across * step;
      pack(first, std::min(width, size - first), p, std::min(step, span - p));
    }
  });
}

/// A part of a right operand, packed for all threads: columns [column, column + columns), depth [depth, depth + span)
/// in steps of `step`.
template <class T>
struct RightPanels {
  std::int64_t column, columns;
  std::int64_t depth, span, step;
  T* data;

  T* at(std::int64_t q) const { return data + q * round_up(columns, Tile<T>::columns); }

  /// Calls visit(p, depth, panels) for the depths [p, p + depth) of the steps.
  template <class Visit>
  void visit_steps(const Visit& visit) const {
    for (std::int64_t q = 0; q < span; q += step) visit(depth + q, std::min(step, span - q), at(q));
  }
};

/// Calls visit(RightPanels) for all of a right operand (k x n), as much at a time as Plan::shared holds, the depths of
/// the same columns one after the other.
template <class T, class R, class Visit>
void visit_right_panels(std::int64_t n, std::int64_t k, const R& right, const Visit& visit) {
  using Size = Tile<T>;
  const std::int64_t most_span = std::min(k, Plan<T>::span);
  const std::int64_t most_columns = Plan<T>::shared / round_up(most_span, 4) / Size::columns * Size::columns;
  for (std::int64_t j = 0; j < n; j += most_columns) {
    for (std::int64_t p = 0; p < k; p += most_span) {
      const std::int64_t columns = std::min(most_columns, n - j), span = std::min(most_span, k - p);
      T* const data = scratch<T>(Slot::shared, round_up(columns, Size::columns) * span);
      const RightPanels<T> panels{j, columns, p, span, depth_step<T>(span), data};
      pack_shared(columns, Size::columns, span, panels.step,
                  [&](std::int64_t first, std::int64_t width, std::int64_t q, std::int64_t depth) {
                    right.pack(panels.at(q) + first * depth, p + q, depth, j + first, width);
                  });
      visit(panels);
    }
  }
}

/// Cuts the rows of the result into tasks; the right operand is shared.
template <class T, class L, class R>
void gemm_by_rows(std::int64_t m, std::int64_t n, std::int64_t k, const L& left, const R& right, T* c,
                  std::int64_t c_stride) {
  using Size = Tile<T>;
  visit_right_panels<T>(n, k, right, [&](const RightPanels<T>& shared) {
    const std::int64_t panels = divide_up(m, Size::rows);
    const std::int64_t tasks = Plan<T>::tasks(panels, Size::block_rows / Size::rows, m * shared.columns * shared.span);
    parallel_for(tasks, 1, [&](std::int64_t task, std::int64_t) {
      const std::int64_t i = panels * task / tasks * Size::rows;
      const std::int64_t rows = std::min(m, panels * (task + 1) / tasks * Size::rows) - i;
      T* const a = scratch<T>(Slot::left, round_up(rows, Size::rows) * Size::row_stride);
      shared.visit_steps([&](std::int64_t p, std::int64_t depth, const T* b) {
        left.pack(a, i, rows, p, depth);
        multiply_block<T, L::order>(rows, shared.columns, depth, a, b, p > 0,
                                    DenseTarget<T>{c + i * c_stride + shared.column, c_stride});
      });
    });
  });
}

/// Cuts the columns of the result into tasks; the left operand is shared.
template <class T, class L, class R>
void gemm_by_columns(std::int64_t m, std::int64_t n, std::int64_t k, const L& left, const R& right, T* c,
                     std::int64_t c_stride) {
  using Size = Tile<T>;
  const std::int64_t most_span = std::min(k, Plan<T>::span);
  const std::int64_t most_rows =
      Plan<T>::shared / (divide_up(most_span, Size::depth) * Size::row_stride) / Size::rows * Size::rows;
  for (std::int64_t i = 0; i < m; i += most_rows) {
    const std::int64_t rows = std::min(most_rows, m - i);
    const std::int64_t block = round_up(rows, Size::rows) * Size::row_stride;
    for (std::int64_t p = 0; p < k; p += most_span) {
      const std::int64_t span = std::min(most_span, k - p);
      const std::int64_t step = depth_step<T>(span);
      T* const a = scratch<T>(Slot::shared, block * divide_up(span, step));
      pack_shared(rows, Size::rows, span, step,
                  [&](std::int64_t first, std::int64_t height, std::int64_t q, std::int64_t depth) {
                    left.pack(a + q / step * block + first * Size::row_stride, i + first, height, p + q, depth);
                  });
      const std::int64_t panels = divide_up(n, Size::columns);
      const std::int64_t tasks = Plan<T>::tasks(panels, Size::block_columns / Size::columns, rows * n * span);
      parallel_for(tasks, 1, [&](std::int64_t task, std::int64_t) {
        const std::int64_t j = panels * task / tasks * Size::columns;
        const std::int64_t columns = std::min(n, panels * (task + 1) / tasks * Size::columns) - j;
        T* const b = scratch<T>(Slot::right, round_up(columns, Size::columns) * step);
        for (std::int64_t q = 0; q < span; q += step) {
          const std::int64_t depth = std::min(step, span - q);
          right.pack(b, p + q, depth, j, columns);
          for (std::int64_t r = 0; r < rows; r += Size::block_rows) {
            multiply_block<T, L::order>(std::min<std::int64_t>(Size::block_rows, rows - r), columns, depth,
                                        a + q / step * block + r * Size::row_stride, b, p + q > 0,
                                        DenseTarget<T>{c + (i + r) * c_stride + j, c_stride});
          }
        }
      });
    }
  }
}

/// Cuts k into `partials` tasks, each with a result of its own, and adds these in order. For m <= 256.
template <class T, class L, class R>
void gemm_by_depth(std::int64_t partials, std::int64_t m, std::int64_t n, std::int64_t k, const L& left, const R& right,
                   T* c, std::int64_t c_stride) {
  using Size = Tile<T>;
  T* const results = scratch<T>(Slot::shared, partials * m * n);
  const std::int64_t most_columns = std::min<std::int64_t>(round_up(n, Size::columns), Size::block_columns);
  parallel_for(partials, 1, [&](std::int64_t task, std::int64_t) {
    const std::int64_t begin = k * task / partials;
    const std::int64_t end = k * (task + 1) / partials;
    const std::int64_t step = depth_step<T>(end - begin);
    T* const a = scratch<T>(Slot::left, round_up(m, Size::rows) * Size::row_stride);
    T* const b = scratch<T>(Slot::right, most_columns * step);
    for (std::int64_t p = begin; p < end; p += step) {
      const std::int64_t depth = std::min(step, end - p);
      left.pack(a, 0, m, p, depth);
      for (std::int64_t j = 0; j < n; j += most_columns) {
        const std::int64_t columns = std::min(most_columns, n - j);
        right.pack(b, p, depth, j, columns);
        multiply_block<T, L::order>(m, columns, depth, a, b, p > begin, DenseTarget<T>{results + task * m * n + j, n});
      }
    }
  });
  parallel_for(m, divide_up(1 << 14, n), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      T* const row = c + i * c_stride;
      std::copy_n(results + i * n, n, row);
      for (std::int64_t task = 1; task < partials; ++task) {
        const T* const part = results + (task * m + i) * n;
        for (std::int64_t j = 0; j < n; ++j) row[j] += part[j];
      }
    }
  });
}

/// c = left * right: m x n, sum over k; c has row stride `c_stride`. Overwrites c, also for k = 0.
template <class T, class L, class R>
void packed_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const L& left, const R& right, T* c,
                 std::int64_t c_stride) {
  if (m <= 0 || n <= 0) return;
  if (k <= 0) {
    for (std::int64_t i = 0; i < m; ++i) std::fill_n(c + i * c_stride, n, T{});
    return;
  }
  const std::int64_t partials = Plan<T>::partials(m, n, k);
  if (partials > 1) return gemm_by_depth(partials, m, n, k, left, right, c, c_stride);
  if (m >= n) return gemm_by_rows(m, n, k, left, right, c, c_stride);
  gemm_by_columns(m, n, k, left, right, c, c_stride);
}

}  // namespace wisp::kernels::native
