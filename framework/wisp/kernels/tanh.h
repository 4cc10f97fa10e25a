// The hyperbolic tangent, in a form that compilers turn into vector instructions: they cannot do so with the C
// library's.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace wisp::kernels {

/// tanh(x) = -e / (2 + e) with e = exp(-2 |x|) - 1 and the sign of x; within 3 ulp. With n the integer nearest to
/// -2 |x| / log 2 and r the rest, e = (2^n - 1) + 2^n (exp(r) - 1), where nothing cancels.
/// Source: W. Cody, W. Waite, Software Manual for the Elementary Functions (1980), ch. 6.
inline float tanh(float x) {
  const float exponent = -2.0f * std::abs(x);
  const float y = exponent > -40.0f ? exponent : -40.0f;  // below, the result is 1
  const float n = std::rint(y * 1.44269504f);
  // log 2 in two parts, of which the first times n is exact.
  const float r = (y - n * 0.693359375f) + n * 2.12194440e-4f;
  // The Taylor series of exp(r) - 1 for |r| <= log(2) / 2.
  float series = 1.0f / 5040;
  series = series * r + 1.0f / 720;
  series = series * r + 1.0f / 120;
  series = series * r + 1.0f / 24;
  series = series * r + 1.0f / 6;
  series = series * r + 1.0f / 2;
  series = series * r + 1.0f;
  const float power = std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
  const float e = (power - 1.0f) + power * (series * r);
  const float result = std::copysign(e / (2.0f + e), x);
  return std::isnan(x) ? x : result;
}

inline double tanh(double x) { return std::tanh(x); }

}  // namespace wisp::kernels
