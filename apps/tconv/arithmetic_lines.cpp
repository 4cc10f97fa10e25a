// What the arithmetic of a layer says, in words.
#include <cmath>

#include <fmt/ranges.h>

#include <apps/tconv/arithmetic.h>

namespace wisp::apps {
namespace {

void add_formula_lines(std::vector<std::string>& lines, const char* name, const Layer& layer,
                       const SizeFormula& formula) {
  lines.push_back(formula.size ? fmt::format("{}: {} -> {}", name, layer.input, *formula.size)
                               : fmt::format("{}: no such size ({})", name, formula.why_none));
  lines.push_back("  " + formula.formula);
  if (formula.height == formula.width) {
    lines.push_back("  " + formula.height);
  } else {
    lines.push_back("  height: " + formula.height);
    lines.push_back("  width:  " + formula.width);
  }
}

std::string output_padding_line(const Layer& layer) {
  const auto list = [](const Axis& axis, bool square) {
    const std::vector<std::int64_t> pixels = sizes_by_output_padding(axis);
    const auto item = [&](std::int64_t a) {
      const std::int64_t size = pixels[0] + a;
      return square ? fmt::format("{} makes {}x{}", a, size, size) : fmt::format("{} makes {}", a, size);
    };
    std::vector<std::string> items;
    const auto listed = static_cast<std::int64_t>(pixels.size());
    for (std::int64_t a = 0; a < listed; ++a)
      if (pixels[static_cast<std::size_t>(a)] >= 1) items.push_back(item(a));
    if (const std::int64_t largest = axis.largest_output_padding(); largest >= listed && pixels[0] + largest >= 1)
      items.push_back("... up to " + item(largest));
    return items.empty() ? std::string("no value gives a size") : fmt::format("{}", fmt::join(items, ", "));
  };
  const Axis height = layer.height(), width = layer.width();
  const bool alike = sizes_by_output_padding(height) == sizes_by_output_padding(width) &&
                     height.largest_output_padding() == width.largest_output_padding();
  return alike ? "output_padding: " + list(height, true)
               : fmt::format("output_padding: height {}; width {}", list(height, false), list(width, false));
}

std::string multiple_line(const Layer& l) {
  const ConvTranspose2dOptions& o = l.options;
  const Size2d reach(l.height().reach() + o.output_padding.height, l.width().reach() + o.output_padding.width);
  const Size2d needed(o.stride.height + 2 * o.padding.height, o.stride.width + 2 * o.padding.width);
  const bool plain = o.dilation == Size2d(1) && o.output_padding == Size2d(0);
  return fmt::format("exact multiple: {} makes the output exactly s times the input; here {} and {}: {}",
                     plain ? "k = s + 2 p" : "d (k - 1) + 1 + output_padding = s + 2 p", short_text(reach),
                     short_text(needed), is_exact_multiple(l) ? "yes" : "no");
}

std::string counts_text(const std::vector<std::int64_t>& counts) {
  constexpr std::size_t most = 8;
  if (counts.size() <= most) return fmt::format("{}", counts);
  return fmt::format("[{}, ... {} more]", fmt::join(counts.begin(), counts.begin() + most, ", "), counts.size() - most);
}

std::string coverage_line(const Coverage& c) {
  const std::string counts = fmt::format(
      "{} on the residues of d j modulo s",
      c.height == c.width ? fmt::format("{} kernel pixels", counts_text(c.height))
                          : fmt::format("{} kernel rows, {} columns", counts_text(c.height), counts_text(c.width)));
  if (c.is_even()) return fmt::format("coverage: even away from the border ({})", counts);
  return std::isinf(c.factor())
             ? fmt::format("coverage: uneven, some pixels are never reached ({})", counts)
             : fmt::format("coverage: uneven, the overlap varies by a factor of {:g} x {:g} = {:g} ({})",
                           c.height_factor, c.width_factor, c.factor(), counts);
}

}  // namespace

std::vector<std::string> arithmetic_lines(const Layer& layer) {
  std::vector<std::string> lines;
  add_formula_lines(lines, "conv2d", layer, conv2d_formula(layer));
  add_formula_lines(lines, "conv_transpose2d", layer, conv_transpose2d_formula(layer));
  lines.push_back(output_padding_line(layer));
  lines.push_back(multiple_line(layer));
  lines.push_back(coverage_line(coverage(layer)));
  return lines;
}

}  // namespace wisp::apps
