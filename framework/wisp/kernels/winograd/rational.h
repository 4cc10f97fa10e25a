// Exact fractions, for matrices that are derived at compile time.
#pragma once

#include <cstdint>
#include <numeric>

namespace wisp::kernels::winograd {

/// numerator / denominator in lowest terms, denominator > 0. Exact as long as both fit 64 bits.
struct Rational {
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;

  constexpr Rational() = default;
  constexpr Rational(std::int64_t n, std::int64_t d = 1) {  // an integer is a fraction
    const std::int64_t divisor = std::gcd(n, d) * (d < 0 ? -1 : 1);
    numerator = n / divisor;
    denominator = d / divisor;
  }

  friend constexpr Rational operator+(Rational a, Rational b) {
    return {a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator};
  }
  friend constexpr Rational operator*(Rational a, Rational b) {
    return {a.numerator * b.numerator, a.denominator * b.denominator};
  }
  friend constexpr Rational operator-(Rational a) { return {-a.numerator, a.denominator}; }
  friend constexpr Rational operator-(Rational a, Rational b) { return a + -b; }
  friend constexpr Rational operator/(Rational a, Rational b) {
    return {a.numerator * b.denominator, a.denominator * b.numerator};
  }
  friend constexpr bool operator==(const Rational&, const Rational&) = default;

  constexpr explicit operator double() const {
    return static_cast<double>(numerator) / static_cast<double>(denominator);
  }
};

}  // namespace wisp::kernels::winograd
