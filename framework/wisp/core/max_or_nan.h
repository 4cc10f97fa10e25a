// max_or_nan: a maximum that loses no NaN.
#pragma once

#include <cmath>

namespace wisp {

/// The larger of two numbers; NaN where one is NaN (std::max then depends on the order).
template <class T>
T max_or_nan(T a, T b) {
  return a > b || std::isnan(a) ? a : b;
}

}  // namespace wisp
