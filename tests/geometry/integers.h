// Small integers as floating-point numbers: their sums of products are exact.
#pragma once

#include <cmath>
#include <vector>

#include <wisp/core/rng.h>

namespace wisp::testing {

/// Integers from -3 to 3.
inline std::vector<double> random_integers(std::int64_t count, Rng& rng) {
  std::vector<double> values(static_cast<std::size_t>(count));
  rng.uniform(values, -3, 4);
  for (double& value : values) value = std::floor(value);
  return values;
}

}  // namespace wisp::testing
