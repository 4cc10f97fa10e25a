// Restoration: what convolution followed by transposed convolution gives back: the size, not the values.
#pragma once

#include <optional>
#include <string>

#include <apps/tconv/explain/problem.h>

namespace wisp::apps {

struct Restoration {
  Image before;                      ///< x
  Image between;                     ///< C x, the convolution
  Image after;                       ///< C^T C x, the transposed convolution of that
  std::int64_t n;                    ///< numbers in x: columns of C
  std::int64_t m;                    ///< numbers in C x: rows of C
  std::optional<std::int64_t> rank;  ///< of C; none when C is too large to decompose

  bool values_come_back() const { return after.values == before.values; }
  /// What rank and numbers mean, in a few sentences.
  std::string verdict() const;
};

/// Takes the layer's output x, all its channels, through the convolution with the same kernel and back. C is the matrix
/// whose transpose makes x of the input.
Restoration restore(const Problem& problem);

}  // namespace wisp::apps
