// The arithmetic of one layer, in both directions: formulas, sizes, and how evenly the kernel covers the output.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <apps/tconv/layer.h>

namespace wisp::apps {

/// A size's formula with the numbers in it, per axis, and what comes out; no size when there is none.
struct SizeFormula {
  std::string formula;
  std::string height;  ///< "(4 - 1) x 2 - 2 x 1 + 1 x (3 - 1) + 0 + 1 = 7"
  std::string width;
  std::optional<Size2d> size;
  std::string why_none;  ///< the library's message
};

SizeFormula conv2d_formula(const Layer& layer);
SizeFormula conv_transpose2d_formula(const Layer& layer);

/// The sizes that the values of output_padding give, from 0 upwards: element a is that of output_padding a. At most 16
/// are listed; a size below 1 does not exist and is left as it is.
std::vector<std::int64_t> sizes_by_output_padding(const Axis& axis);

/// Whether the output is exactly stride times the input: d (k - 1) + 1 + output_padding = s + 2 p on both axes
/// (without dilation and output_padding: k = s + 2 p).
bool is_exact_multiple(const Layer& layer);

/// How many of the kernel's pixels fall on each residue modulo the stride: overlap[r] = #{j < k : d j = r mod s}. An
/// output pixel o away from the border gets overlap[(o + p) mod s] contributions.
/// Source: Odena, Dumoulin, Olah, "Deconvolution and checkerboard artifacts", Distill 2016.
std::vector<std::int64_t> overlap(const Axis& axis);

/// How evenly a layer covers its output away from the border: the overlap of each axis, and the largest number of
/// contributions over the smallest; infinite when some pixels get none.
struct Coverage {
  std::vector<std::int64_t> height, width;
  double height_factor, width_factor;

  /// Of both axes: their product.
  double factor() const { return height_factor * width_factor; }
  bool is_even() const { return factor() == 1; }
};
/// Throws Error when a stride is above 10,000.
Coverage coverage(const Layer& layer);

/// The contributions each pixel of an output axis gets, borders included.
std::vector<std::int64_t> hits(const Axis& axis);

/// In words: sizes and their formulas in both directions, what output_padding gives, exact multiples, and coverage;
/// long lists are shortened. Throws Error as coverage() does.
std::vector<std::string> arithmetic_lines(const Layer& layer);

}  // namespace wisp::apps
