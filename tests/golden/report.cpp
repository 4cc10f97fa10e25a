#include <tests/golden/report.h>

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace wisp::testing {

void Report::compare(const std::string& what, const Tensor& actual, const Tensor& expected, double tolerance) {
  if (!actual.defined() || actual.shape() != expected.shape())
    return fail(what,
                fmt::format("shape {} instead of {}", actual.defined() ? actual.shape() : Shape{}, expected.shape()));
  const auto a = actual.to(DType::f64).values<double>(), b = expected.to(DType::f64).values<double>();
  double difference = 0, scale = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] && std::isinf(b[i])) continue;
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (!std::isfinite(a[i]) || !std::isfinite(b[i]))
      return fail(what, fmt::format("element {} is {} instead of {}", i, a[i], b[i]));
    difference = std::max(difference, std::abs(a[i] - b[i]));
    scale = std::max(scale, std::abs(b[i]));
  }
  const double error = scale > 0 ? difference / scale : difference;
  double& worst = tolerance < second_order ? worst_first_ : worst_second_;
  worst = std::max(worst, error);
  if (error > tolerance) fail(what, fmt::format("differs by {:.3g}, at most {:.0e} is allowed", error, tolerance));
}

void Report::fail(const std::string& what, const std::string& why) {
  ++failures_;
  fmt::print("FAILED {}: {}\n", what, why);
}

}  // namespace wisp::testing
