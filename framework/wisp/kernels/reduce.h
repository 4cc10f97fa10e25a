// Reductions over some dimensions of a box, in double and as a balanced tree: the error of a sum grows with the
// logarithm of the number of terms, all threads share even a single result, and the order depends on the shape alone.
// And argmax, line by line.
//
// Source: Higham, "The accuracy of floating point summation", SIAM J. Sci. Comput. 14 (1993), section 2 (pairwise).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include <wisp/core/allocator.h>
#include <wisp/core/dtype.h>
#include <wisp/core/nd_loop.h>
#include <wisp/core/parallel.h>

namespace wisp::kernels {

/// Splits the dimensions of an operation into those kept and those reduced away. The result is dense.
struct Reduction {
  Shape kept;           ///< extents of the kept dimensions
  Strides kept_y{};     ///< their strides in the result
  Strides kept_x{};     ///< and in the operand
  Shape reduced;        ///< extents of the reduced dimensions
  Strides reduced_x{};  ///< their strides in the operand
};

/// visit_runs for elements [begin, end) of the box: the first and the last run may be parts of one.
template <std::size_t K, class Body>
void visit_elements(const NdBox<K>& box, std::int64_t begin, std::int64_t end, Body&& body) {
  if (begin >= end) return;
  const std::int64_t length = box.extents[static_cast<std::size_t>(box.rank - 1)];
  std::int64_t run_begin = begin / length * length;
  visit_runs(box, begin / length, divide_up(end, length), [&](auto offsets, std::int64_t, const auto& steps) {
    const std::int64_t first = std::max<std::int64_t>(begin - run_begin, 0), last = std::min(end - run_begin, length);
    for (std::size_t k = 0; k < K; ++k) offsets[k] += first * steps[k];
    body(std::as_const(offsets), last - first, steps);
    run_begin += length;
  });
}

/// What becomes of two parts of a reduction (`combine` is associative but for rounding), and of no part at all (`init`,
/// which changes no other).
template <class Combine>
struct Monoid {
  double init;
  Combine combine;
};

/// How a Reduction is gone through: `width` results side by side, the parts of each in chunks of fixed size.
struct ReductionPlan {
  static constexpr std::int64_t width = 256;

  explicit ReductionPlan(const Reduction& reduction)
      : kept(merge_dimensions<2>(reduction.kept, {reduction.kept_y, reduction.kept_x})),
        reduced(merge_dimensions<1>(reduction.reduced, {reduction.reduced_x})),
        results(reduction.kept.numel()),
        parts(reduction.reduced.numel()),
        along(is_run(reduced)),
        leaf(along ? 512 : 64) {
    constexpr std::int64_t grain = 32768, most_tasks = 256;
    const std::int64_t work = std::max<std::int64_t>(std::min(results, width) * parts, 1);  // of a block
    const std::int64_t wanted = std::clamp<std::int64_t>(work / grain, 1, divide_up(most_tasks, blocks()));
    chunk = std::max(round_up(divide_up(parts, wanted), leaf), leaf);
    tasks_at_once = std::max<std::int64_t>(grain * chunks() / work, 1);
  }

  std::int64_t blocks() const { return divide_up(results, width); }
  std::int64_t chunks() const { return std::max<std::int64_t>(divide_up(parts, chunk), 1); }

  static bool is_run(const NdBox<1>& box) {
    const auto inner = static_cast<std::size_t>(box.rank - 1);
    return box.steps[inner][0] == 1 && box.extents[inner] >= 16;
  }

  NdBox<2> kept;
  NdBox<1> reduced;
  std::int64_t results, parts;
  bool along;         // whether a result is reduced by itself, along memory
  std::int64_t leaf;  // as many parts are combined one after the other
  std::int64_t chunk = 0, tasks_at_once = 0;
};

/// All of x[0], ..., x[length - 1], in lanes, so that it can be vectorised.
template <class T, class Combine, class Load>
double reduce_run(const T* x, std::int64_t length, const Monoid<Combine>& monoid, Load load) {
  constexpr std::int64_t lanes = 16;
  double sums[lanes];
  std::fill_n(sums, lanes, monoid.init);
  std::int64_t j = 0;
  for (; j + lanes <= length; j += lanes)
    for (std::int64_t i = 0; i < lanes; ++i) sums[i] = monoid.combine(sums[i], load(x[j + i]));
  for (std::int64_t i = 0; j + i < length; ++i) sums[i] = monoid.combine(sums[i], load(x[j + i]));
  for (std::int64_t half = lanes / 2; half > 0; half /= 2)
    for (std::int64_t i = 0; i < half; ++i) sums[i] = monoid.combine(sums[i], sums[i + half]);
  return sums[0];
}

/// sums[i], i < count, combined with x[j row_step + i step] for j < rows.
template <class T, class Step, class Combine, class Load>
void reduce_rows(const T* __restrict x, std::int64_t rows, std::int64_t row_step, Step step, std::int64_t count,
                 double* __restrict sums, Combine combine, Load load) {
  for (; rows >= 4; rows -= 4, x += 4 * row_step) {  // four at once: sums are fetched and stored less often
    const T *b = x + row_step, *c = b + row_step, *d = c + row_step;
    for (std::int64_t i = 0; i < count; ++i)
      sums[i] = combine(sums[i], combine(combine(load(x[i * step]), load(b[i * step])),
                                         combine(load(c[i * step]), load(d[i * step]))));
  }
  for (; rows > 0; --rows, x += row_step)
    for (std::int64_t i = 0; i < count; ++i) sums[i] = combine(sums[i], load(x[i * step]));
}

/// sums[i] for i < count: parts [begin, end) of the result at x[i step]. Halves until a leaf is left.
template <class T, class Combine, class Load>
void reduce_tree(const ReductionPlan& plan, std::int64_t begin, std::int64_t end, const T* x, std::int64_t step,
                 std::int64_t count, double* sums, const Monoid<Combine>& monoid, Load load) {
  if (end - begin > plan.leaf) {
    const std::int64_t middle = begin + round_up((end - begin) / 2, plan.leaf);
    double right[ReductionPlan::width];
    reduce_tree(plan, begin, middle, x, step, count, sums, monoid, load);
    reduce_tree(plan, middle, end, x, step, count, right, monoid, load);
    for (std::int64_t i = 0; i < count; ++i) sums[i] = monoid.combine(sums[i], right[i]);
    return;
  }
  std::fill_n(sums, count, monoid.init);
  visit_elements(plan.reduced, begin, end, [&](const auto& offset, std::int64_t length, const auto& run_step) {
    const T* from = x + offset[0];
    if (plan.along)
      for (std::int64_t i = 0; i < count; ++i)
        sums[i] = monoid.combine(sums[i], reduce_run(from + i * step, length, monoid, load));
    else if (step == 1)
      reduce_rows(from, length, run_step[0], std::integral_constant<int, 1>{}, count, sums, monoid.combine, load);
    else
      reduce_rows(from, length, run_step[0], step, count, sums, monoid.combine, load);
  });
}

/// y[i] = finish(parts [begin, end) of result i) for the results of a block.
template <class T, class R, class Combine, class Finish, class Load>
void reduce_block(const ReductionPlan& plan, std::int64_t block, std::int64_t begin, std::int64_t end, const T* x, R* y,
                  const Monoid<Combine>& monoid, Finish finish, Load load) {
  const std::int64_t first = block * ReductionPlan::width, last = std::min(plan.results, first + ReductionPlan::width);
  visit_elements(plan.kept, first, last, [&](const auto& offset, std::int64_t count, const auto& step) {
    double sums[ReductionPlan::width];
    reduce_tree(plan, begin, end, x + offset[1], step[1], count, sums, monoid, load);
    for (std::int64_t i = 0; i < count; ++i) y[offset[0] + i * step[0]] = convert<R>(finish(sums[i]));
  });
}

/// A number as it is.
struct LoadNumber {
  template <class T>
  double operator()(T value) const {
    return convert<double>(value);
  }
};

/// y[i] = finish(load(x[i, 0]) combined with load(x[i, 1]), ..., load(x[i, r - 1])) for every kept index i. See Monoid
/// for `init` and `combine`.
template <class T, class R, class Combine, class Finish, class Load = LoadNumber>
void reduce(const Reduction& reduction, const T* x, R* y, double init, Combine combine, Finish finish,
            Load load = Load{}) {
  if (reduction.kept.numel() == 0) return;
  const ReductionPlan plan(reduction);
  const Monoid<Combine> monoid{init, combine};
  const std::int64_t chunks = plan.chunks();
  if (chunks == 1) {
    parallel_for(plan.blocks(), plan.tasks_at_once, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t block = first; block < last; ++block)
        reduce_block(plan, block, 0, plan.parts, x, y, monoid, finish, load);
    });
    return;
  }
  const auto unfinished = [](double sum) { return sum; };
  Scratch<double> partial(chunks * plan.results);  // of every chunk, laid out as the result
  double* const partials = partial.data();
  parallel_for(plan.blocks() * chunks, plan.tasks_at_once, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t task = first; task < last; ++task) {
      const std::int64_t at = task % chunks;
      reduce_block(plan, task / chunks, at * plan.chunk, std::min(plan.parts, (at + 1) * plan.chunk), x,
                   partials + at * plan.results, monoid, unfinished, load);
    }
  });
  reduce({Shape{plan.results}, {1}, {1}, Shape{chunks}, {plan.results}}, partials, y, init, combine, finish);
}

/// places[i] = the place, below `extent`, of the largest number of line i; the first of several, and of NaN where there
/// is one. x is row-major; the numbers of a line are `step` apart, and `step` lines lie side by side.
template <class T>
void argmax(std::span<const T> x, std::int64_t extent, std::int64_t step, std::span<std::int64_t> places) {
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(places.size()); ++i) {
    const T* const line = x.data() + i / step * step * extent + i % step;
    std::int64_t largest = 0;
    for (std::int64_t k = 1; k < extent; ++k) {
      const auto value = widen(line[k * step]), best = widen(line[largest * step]);
      if (!std::isnan(best) && !(value <= best)) largest = k;
    }
    places[static_cast<std::size_t>(i)] = largest;
  }
}

}  // namespace wisp::kernels
