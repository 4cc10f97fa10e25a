#include <apps/tconv/explain/methods.h>

#include <algorithm>
#include <cmath>

#include <wisp/core/max_or_nan.h>

namespace wisp::apps {
namespace {

// "1 -> 0" for input channel 1 and output channel 0, of every kernel that is shown; nothing when there is one.
std::vector<std::string> kernel_labels(const Problem& p) {
  std::vector<std::string> labels;
  if (p.input.channels * p.output.channels == 1) return labels;
  for (std::int64_t in = 0; in < std::min(p.input.channels, shown_channels); ++in)
    for (std::int64_t out = 0; out < p.output.channels; ++out) labels.push_back(fmt::format("{} \u2192 {}", in, out));
  return labels;
}

}  // namespace

double distance(const Image& result, const Image& output) {
  double most = 0;
  for (std::size_t i = 0; i < output.values.size(); ++i)
    most = max_or_nan(most, std::abs(result.values[i] - output.values[i]));
  return most;
}

std::vector<Meeting> meetings(const Axis& axis, std::int64_t o) {
  std::vector<Meeting> found;
  for (std::int64_t j = 0; j < axis.kernel; ++j) {
    const std::int64_t from = o + axis.padding - axis.dilation * j;
    if (from >= 0 && from % axis.stride == 0 && from / axis.stride < axis.input)
      found.push_back({j, from / axis.stride});
  }
  return found;
}

std::vector<Cells> crossings(int grid, const std::vector<Meeting>& rows, const std::vector<Meeting>& columns) {
  if (rows.empty() || columns.empty()) return {};
  const auto first = [](const std::vector<Meeting>& list) { return std::min(list.front().input, list.back().input); };
  const auto step = [](const std::vector<Meeting>& list) {
    return list.size() > 1 ? std::abs(list[1].input - list[0].input) : 1;
  };
  return {{grid, Cells::every_channel, first(rows), first(columns), std::ssize(rows), std::ssize(columns), step(rows),
           step(columns)}};
}

int add_kernels(Scene& scene, const std::string& title, const Problem& p, const Image& kernels) {
  const bool all = p.input.channels <= shown_channels && p.out_channels == p.output.channels;
  return scene.add_grid(all ? title : title + ", of the first channels", kernels,
                        {.channels = shown_channels * shown_channels}, kernel_labels(p));
}

}  // namespace wisp::apps
