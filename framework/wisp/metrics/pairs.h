// Euclidean distances between the rows of two sets: all of them roughly and fast, any one exactly.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <wisp/core/tensor.h>

namespace wisp::metrics::detail {

/// The pairs of a query, a row of (N, D), and a reference, a row of (M, D). |a|^2 + |b|^2 - 2 a.b in f32 is fast but
/// cancels where a is close to b: `slack` bounds its error, and `distance` decides what lies within.
class Pairs {
 public:
  /// The queries to look at in one go: a good number for a thread to take at a time.
  static constexpr std::int64_t query_block = 256;

  /// Both are f32 (see check_features). Throws Error naming `op` when a row has a norm of 1e18 or more.
  Pairs(const char* op, const Tensor& queries, const Tensor& references);

  std::int64_t queries() const { return queries_.dim(0); }

  /// Calls visit(i, start, squares) for the queries i in [first, last) and, one after another, the blocks of references
  /// from `start` on: squares[k] is roughly |query i - reference (start + k)|^2.
  using Visit = std::function<void(std::int64_t i, std::int64_t start, std::span<const float> squares)>;
  void visit_rough_squares(std::int64_t first, std::int64_t last, const Visit& visit) const;
  /// A bound of the error of any rough square of query i: twice that of a sum of D products in any order, |a| |b| D
  /// 2^-24 (Higham, "Accuracy and stability of numerical algorithms", section 3.1), and what the other steps add.
  double slack(std::int64_t i) const;
  /// The Euclidean distance, summed in double and rounded to f32; the same for (a, b) as for (b, a).
  float distance(std::int64_t i, std::int64_t j) const;

 private:
  Tensor queries_, references_;
  std::vector<double> query_norms_, reference_norms_;
  double largest_reference_ = 0;
};

}  // namespace wisp::metrics::detail
