// What golden_test finds: how far apart numbers are, and what failed.
#pragma once

#include <string>

#include <wisp/core/tensor.h>

namespace wisp::testing {

/// How far values and first derivatives, and second derivatives and traces, may be apart.
constexpr double first_order = 1e-10, second_order = 1e-9;

/// Collects comparisons, and prints those that fail.
class Report {
 public:
  /// Agreement is max|a - b| / max|b|, or max|a - b| where b is 0. Infinities and NaN must be where b has them.
  void compare(const std::string& what, const Tensor& actual, const Tensor& expected, double tolerance);
  void fail(const std::string& what, const std::string& why);
  int failures() const { return failures_; }
  double worst_first() const { return worst_first_; }
  double worst_second() const { return worst_second_; }

 private:
  int failures_ = 0;
  double worst_first_ = 0;   // of values and first derivatives
  double worst_second_ = 0;  // of second derivatives and the trace
};

}  // namespace wisp::testing
