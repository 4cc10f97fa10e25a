// Reductions over some dimensions of a box. Accumulates in double, in an order that depends on the shape alone.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <wisp/core/dtype.h>
#include <wisp/core/nd_loop.h>

namespace wisp::kernels {

/// Splits the dimensions of an operation into those kept and those reduced away.
struct Reduction {
  Shape kept;           ///< extents of the kept dimensions
  Strides kept_y{};     ///< their strides in the result
  Strides kept_x{};     ///< and in the operand
  Shape reduced;        ///< extents of the reduced dimensions
  Strides reduced_x{};  ///< their strides in the operand
};

/// y[i] = finish(combine(... combine(combine(init, x[i, 0]), x[i, 1]) ..., x[i, r - 1])) for every kept index i.
template <class T, class Combine, class Finish>
void reduce(const Reduction& reduction, const T* x, T* y, double init, Combine combine, Finish finish) {
  constexpr std::int64_t block = 256;  // results accumulated side by side
  const NdBox<1> inner = merge_dimensions<1>(reduction.reduced, {reduction.reduced_x});
  const std::int64_t runs = inner.outer_count();
  nd_loop<2>(reduction.kept, {reduction.kept_y, reduction.kept_x},
             [&](const auto& offset, std::int64_t length, const auto& step) {
               for (std::int64_t start = 0; start < length; start += block) {
                 const std::int64_t count = std::min(block, length - start);
                 std::array<double, block> sums;
                 std::fill_n(sums.begin(), count, init);
                 visit_runs(inner, 0, runs, [&](const auto& at, std::int64_t run, const auto& run_step) {
                   const T* from = x + offset[1] + start * step[1] + at[0];
                   for (std::int64_t j = 0; j < run; ++j)
                     for (std::int64_t i = 0; i < count; ++i) {
                       double& sum = sums[static_cast<std::size_t>(i)];
                       sum = combine(sum, convert<double>(from[j * run_step[0] + i * step[1]]));
                     }
                 });
                 for (std::int64_t i = 0; i < count; ++i)
                   y[offset[0] + (start + i) * step[0]] = convert<T>(finish(sums[static_cast<std::size_t>(i)]));
               }
             });
}

}  // namespace wisp::kernels
