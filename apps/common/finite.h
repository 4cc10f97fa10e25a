// Whether numbers are finite: files and images are checked before anybody relies on them.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace wisp::apps {

/// Whether none of the numbers is infinite or NaN.
inline bool is_finite(std::span<const float> numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](float x) { return std::isfinite(x); });
}

}  // namespace wisp::apps
