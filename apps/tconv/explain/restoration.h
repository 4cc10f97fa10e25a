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

  /// What rank and numbers mean, in two sentences.
  std::string verdict() const;
};

/// Takes the problem's input through the convolution with the same kernel and back. Where that convolution does not
/// fit on the input, the problem's output is taken instead.
Restoration restore(const Problem& problem);

}  // namespace wisp::apps
