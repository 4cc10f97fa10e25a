// One axis of one phase of the polyphase method.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wisp::apps {

/// The output pixels o with (o + p) mod s = phase and the kernel pixels j with d j mod s = phase: they meet at input
/// pixels.
struct AxisPhase {
  std::int64_t input, stride, padding, dilation;
  std::vector<std::int64_t> outputs = {};
  std::vector<std::int64_t> taps = {};

  /// The input pixel that a kernel pixel meets at an output pixel; the division is exact. -1: beyond the image.
  std::int64_t met(std::int64_t o, std::int64_t j) const {
    const std::int64_t i = (o + padding - j * dilation) / stride;
    return o + padding >= j * dilation && i < input ? i : -1;
  }
  /// Those of all kernel pixels at an output pixel.
  std::vector<std::int64_t> all_met(std::int64_t o) const {
    std::vector<std::int64_t> list;
    for (const std::int64_t j : taps)
      if (met(o, j) >= 0) list.push_back(met(o, j));
    return list;
  }
};

AxisPhase axis_phase(std::int64_t phase, std::int64_t input, std::int64_t output, std::int64_t kernel,
                     std::int64_t stride, std::int64_t padding, std::int64_t dilation);

/// Where a phase's pixels go: "every 2nd row from row 1".
std::string places(std::int64_t stride, const std::string& what, std::int64_t first);

}  // namespace wisp::apps
