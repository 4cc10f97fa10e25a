#include <apps/tconv/explain/methods.h>

#include <algorithm>
#include <cmath>

#include <wisp/core/max_or_nan.h>

namespace wisp::apps {

double distance(const Image& result, const Image& output) {
  double most = 0;
  for (std::size_t i = 0; i < output.values.size(); ++i)
    most = max_or_nan(most, std::abs(result.values[i] - output.values[i]));
  return most;
}

std::vector<std::string> kernel_labels(const Problem& p) {
  std::vector<std::string> labels;
  if (p.input.channels * p.output.channels == 1) return labels;
  for (std::int64_t in = 0; in < std::min(p.input.channels, shown_channels); ++in)
    for (std::int64_t out = 0; out < p.output.channels; ++out) labels.push_back(fmt::format("{} \u2192 {}", in, out));
  return labels;
}

int add_kernels(Scene& scene, const std::string& title, const Problem& p, const Image& kernels) {
  const bool all = p.input.channels <= shown_channels && p.out_channels == p.output.channels;
  return scene.add_grid(all ? title : title + ", of the first channels", kernels,
                        {.channels = shown_channels * shown_channels}, kernel_labels(p));
}

}  // namespace wisp::apps
