#include <apps/tconv/explain/axis_phase.h>

#include <fmt/format.h>

namespace wisp::apps {

AxisPhase axis_phase(std::int64_t phase, std::int64_t input, std::int64_t output, std::int64_t kernel,
                     std::int64_t stride, std::int64_t padding, std::int64_t dilation) {
  AxisPhase result{input, stride, padding, dilation};
  for (std::int64_t o = 0; o < output; ++o)
    if ((o + padding) % stride == phase) result.outputs.push_back(o);
  for (std::int64_t j = 0; j < kernel; ++j)
    if (dilation * j % stride == phase) result.taps.push_back(j);
  return result;
}

std::string places(std::int64_t stride, const std::string& what, std::int64_t first) {
  if (stride == 1) return fmt::format("every {}", what);
  const bool teen = stride / 10 == 1;
  const char* ending = teen ? "th" : stride % 10 == 1 ? "st" : stride % 10 == 2 ? "nd" : stride % 10 == 3 ? "rd" : "th";
  return fmt::format("every {}{} {} from {} {}", stride, ending, what, what, first);
}

}  // namespace wisp::apps
