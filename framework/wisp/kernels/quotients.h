// Products of quotients with one divisor: what the derivatives of a division are made of.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <type_traits>

#include <wisp/kernels/elementwise.h>

namespace wisp::kernels {

/// x without its power of two, which is added to `exponent`: 1/2 <= |result| < 1. 0, infinities and NaN stay.
inline double without_exponent(double x, int& exponent) {
  int own = 0;
  const double mantissa = std::frexp(x, &own);
  if (std::isfinite(x)) exponent += own;
  return mantissa;
}

/// y[i] = the product of all numerators[k][i] / b[i], where nothing over- or underflows but y[i] itself: f32 and bf16
/// are computed in double, f64 with the exponents apart.
template <class T>
void product_of_quotients(std::int64_t count, std::span<const T* const> numerators, const T* b, T* y) {
  constexpr std::int64_t block = 256;
  parallel_for(count, elementwise_grain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t start = begin; start < end; start += block) {
      const auto length = static_cast<std::size_t>(std::min(block, end - start));
      std::array<double, block> products;
      std::array<int, block> exponents{};
      products.fill(1.0);
      for (const T* numerator : numerators) {
        const T *const above = numerator + start, *const below = b + start;
        for (std::size_t i = 0; i < length; ++i) {
          if constexpr (std::is_same_v<T, double>) {
            int divisor = 0;
            products[i] *= without_exponent(above[i], exponents[i]) / without_exponent(below[i], divisor);
            exponents[i] -= divisor;
          } else {
            products[i] *= convert<double>(above[i]) / convert<double>(below[i]);
          }
        }
      }
      for (std::size_t i = 0; i < length; ++i) {
        if constexpr (std::is_same_v<T, double>)
          y[start + static_cast<std::int64_t>(i)] = std::ldexp(products[i], exponents[i]);
        else
          y[start + static_cast<std::int64_t>(i)] = convert<T>(products[i]);
      }
    }
  });
}

}  // namespace wisp::kernels
