// Which geometries the program tries; the command line sets it (main.cpp).
#pragma once

#include <cstdint>
#include <optional>

namespace wisp::testing {

struct Run {
  std::int64_t geometries = 2000;
  std::uint64_t seed = 1;
  std::optional<std::int64_t> only = {};  ///< the index of the one geometry to try
};

inline Run run;

}  // namespace wisp::testing
