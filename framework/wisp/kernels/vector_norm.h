// The length of a vector.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <wisp/kernels/reduce.h>

namespace wisp::kernels {

/// The sum of load(x[i]) for i < n, in double.
template <class T, class Load>
double sum_of(std::int64_t n, const T* x, Load load) {
  double sum = 0;
  reduce(
      {Shape{}, {}, {}, Shape{n}, {1}}, x, &sum, 0.0, [](double a, double b) { return a + b; },
      [](double s) { return s; }, load);
  return sum;
}

/// sqrt(sum of x[i]^2), in double. Where the squares would leave the range of double all are scaled first. NaN where
/// there is one, else infinity where there is one.
template <class T>
double vector_norm(std::int64_t n, const T* x) {
  constexpr double least = 1e-280, most = 1e300;  // beyond, digits are lost
  const double squares = sum_of(n, x, [](T v) { return convert<double>(v) * convert<double>(v); });
  if ((least < squares && squares < most) || std::isnan(squares)) return std::sqrt(squares);
  double largest = 0;
  for (std::int64_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(convert<double>(x[i])));
  if (largest == 0 || std::isinf(largest)) return largest;
  const double scale = std::exp2(std::min(-std::ilogb(largest), 1000));
  return std::sqrt(sum_of(n, x,
                          [=](T v) {
                            const double scaled = convert<double>(v) * scale;
                            return scaled * scaled;
                          })) /
         scale;
}

}  // namespace wisp::kernels
