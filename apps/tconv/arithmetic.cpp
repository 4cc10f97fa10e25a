#include <apps/tconv/arithmetic.h>

#include <limits>
#include <numeric>

namespace wisp::apps {
namespace {

SizeFormula evaluate(const Layer& layer, const char* formula, std::string (*with_numbers)(const Axis&),
                     Size2d (*size)(const Layer&)) {
  SizeFormula result{formula, with_numbers(layer.height()), with_numbers(layer.width()), {}, {}};
  try {
    result.size = size(layer);
    result.height += fmt::format(" = {}", result.size->height);
    result.width += fmt::format(" = {}", result.size->width);
  } catch (const Error& error) {
    result.why_none = error.what();
  }
  return result;
}

double ratio(const std::vector<std::int64_t>& counts) {
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  return *least == 0 ? std::numeric_limits<double>::infinity()
                     : static_cast<double>(*most) / static_cast<double>(*least);
}

}  // namespace

SizeFormula conv2d_formula(const Layer& layer) {
  return evaluate(
      layer, "floor((H + 2 p - d (k - 1) - 1) / s) + 1",
      [](const Axis& a) {
        return fmt::format("floor(({} + 2 x {} - {} x ({} - 1) - 1) / {}) + 1", a.input, a.padding, a.dilation,
                           a.kernel, a.stride);
      },
      [](const Layer& l) { return conv2d_output_size(l.input, l.kernel, l.conv2d()); });
}

SizeFormula conv_transpose2d_formula(const Layer& layer) {
  return evaluate(
      layer, "(H - 1) s - 2 p + d (k - 1) + output_padding + 1",
      [](const Axis& a) {
        return fmt::format("({} - 1) x {} - 2 x {} + {} x ({} - 1) + {} + 1", a.input, a.stride, a.padding, a.dilation,
                           a.kernel, a.output_padding);
      },
      [](const Layer& l) { return l.output(); });
}

std::vector<std::int64_t> sizes_by_output_padding(const Axis& axis) {
  constexpr std::int64_t most_listed = 16;
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(std::min(axis.largest_output_padding() + 1, most_listed)));
  std::iota(sizes.begin(), sizes.end(), axis.output() - axis.output_padding);
  return sizes;
}

bool is_exact_multiple(const Layer& layer) {
  const auto is_exact = [](const Axis& a) { return a.reach() + a.output_padding == a.stride + 2 * a.padding; };
  return is_exact(layer.height()) && is_exact(layer.width());
}

std::vector<std::int64_t> overlap(const Axis& axis) {
  const std::int64_t s = axis.stride;
  std::vector<std::int64_t> counts(static_cast<std::size_t>(s), 0);
  // The residues of d j repeat with period s.
  for (std::int64_t j = 0; j < std::min(axis.kernel, s); ++j)
    counts[static_cast<std::size_t>(axis.dilation * j % s)] += (axis.kernel - j + s - 1) / s;
  return counts;
}

Coverage coverage(const Layer& layer) {
  const Size2d stride = layer.options.stride;
  constexpr std::int64_t most = 10'000;
  check(std::max(stride.height, stride.width) <= most, "--stride must be at most {}, given {}", most,
        short_text(stride));
  const std::vector<std::int64_t> height = overlap(layer.height()), width = overlap(layer.width());
  return {height, width, ratio(height), ratio(width)};
}

std::vector<std::int64_t> hits(const Axis& axis) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(axis.output()), 0);
  for (std::int64_t i = 0; i < axis.input; ++i)
    for (std::int64_t j = 0; j < axis.kernel; ++j) {
      const std::int64_t at = i * axis.stride - axis.padding + j * axis.dilation;
      if (0 <= at && at < axis.output()) ++counts[static_cast<std::size_t>(at)];
    }
  return counts;
}

}  // namespace wisp::apps
