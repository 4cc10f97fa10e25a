#include <apps/tconv/arithmetic.h>

#include <algorithm>
#include <functional>
#include <limits>

namespace wisp::apps {
namespace {

SizeFormula evaluate(std::string formula, std::string height, std::string width, const std::function<Size2d()>& size) {
  SizeFormula result{std::move(formula), std::move(height), std::move(width), {}, {}};
  try {
    result.size = size();
    result.height += fmt::format(" = {}", result.size->height);
    result.width += fmt::format(" = {}", result.size->width);
  } catch (const Error& error) {
    result.why_none = error.what();
  }
  return result;
}

bool is_exact_multiple(std::int64_t kernel, std::int64_t stride, std::int64_t padding, std::int64_t dilation,
                       std::int64_t output_padding) {
  return dilation * (kernel - 1) + 1 + output_padding == stride + 2 * padding;
}

double ratio(const std::vector<std::int64_t>& counts) {
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  return *least == 0 ? std::numeric_limits<double>::infinity()
                     : static_cast<double>(*most) / static_cast<double>(*least);
}

}  // namespace

SizeFormula conv2d_formula(const Layer& l) {
  const auto axis = [](std::int64_t size, std::int64_t p, std::int64_t d, std::int64_t k, std::int64_t s) {
    return fmt::format("floor(({} + 2 x {} - {} x ({} - 1) - 1) / {}) + 1", size, p, d, k, s);
  };
  const ConvTranspose2dOptions& o = l.options;
  return evaluate("floor((H + 2 p - d (k - 1) - 1) / s) + 1",
                  axis(l.input.height, o.padding.height, o.dilation.height, l.kernel.height, o.stride.height),
                  axis(l.input.width, o.padding.width, o.dilation.width, l.kernel.width, o.stride.width),
                  [&] { return conv2d_output_size(l.input, l.kernel, l.conv2d()); });
}

SizeFormula conv_transpose2d_formula(const Layer& l) {
  const auto axis = [](std::int64_t size, std::int64_t s, std::int64_t p, std::int64_t d, std::int64_t k,
                       std::int64_t a) {
    return fmt::format("({} - 1) x {} - 2 x {} + {} x ({} - 1) + {} + 1", size, s, p, d, k, a);
  };
  const ConvTranspose2dOptions& o = l.options;
  return evaluate(
      "(H - 1) s - 2 p + d (k - 1) + output_padding + 1",
      axis(l.input.height, o.stride.height, o.padding.height, o.dilation.height, l.kernel.height,
           o.output_padding.height),
      axis(l.input.width, o.stride.width, o.padding.width, o.dilation.width, l.kernel.width, o.output_padding.width),
      [&] { return l.output(); });
}

SizesByOutputPadding sizes_by_output_padding(const Layer& l) {
  const auto axis = [](std::int64_t input, std::int64_t k, std::int64_t s, std::int64_t p, std::int64_t d) {
    std::vector<std::int64_t> sizes;
    for (std::int64_t a = 0; a < std::min(std::max(s, d), std::int64_t{16}); ++a)
      sizes.push_back((input - 1) * s - 2 * p + d * (k - 1) + a + 1);
    return sizes;
  };
  const ConvTranspose2dOptions& o = l.options;
  return {axis(l.input.height, l.kernel.height, o.stride.height, o.padding.height, o.dilation.height),
          axis(l.input.width, l.kernel.width, o.stride.width, o.padding.width, o.dilation.width),
          {std::max(o.stride.height, o.dilation.height) - 1, std::max(o.stride.width, o.dilation.width) - 1}};
}

bool is_exact_multiple(const Layer& l) {
  const ConvTranspose2dOptions& o = l.options;
  return is_exact_multiple(l.kernel.height, o.stride.height, o.padding.height, o.dilation.height,
                           o.output_padding.height) &&
         is_exact_multiple(l.kernel.width, o.stride.width, o.padding.width, o.dilation.width, o.output_padding.width);
}

std::vector<std::int64_t> overlap(std::int64_t kernel, std::int64_t stride, std::int64_t dilation) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(stride), 0);
  // The residues of d j repeat with period s.
  for (std::int64_t j = 0; j < std::min(kernel, stride); ++j)
    counts[static_cast<std::size_t>(dilation * j % stride)] += (kernel - j + stride - 1) / stride;
  return counts;
}

bool Coverage::is_even() const { return factor() == 1; }

double Coverage::height_factor() const { return ratio(height); }
double Coverage::width_factor() const { return ratio(width); }

Coverage coverage(const Layer& l) {
  const ConvTranspose2dOptions& o = l.options;
  constexpr std::int64_t most = 10'000;
  check(std::max(o.stride.height, o.stride.width) <= most, "--stride must be at most {}, given {}", most,
        short_text(o.stride));
  return {overlap(l.kernel.height, o.stride.height, o.dilation.height),
          overlap(l.kernel.width, o.stride.width, o.dilation.width)};
}

std::vector<std::int64_t> hits(std::int64_t input, std::int64_t output, std::int64_t kernel, std::int64_t stride,
                               std::int64_t padding, std::int64_t dilation) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(output), 0);
  for (std::int64_t i = 0; i < input; ++i)
    for (std::int64_t j = 0; j < kernel; ++j) {
      const std::int64_t at = i * stride - padding + j * dilation;
      if (0 <= at && at < output) ++counts[static_cast<std::size_t>(at)];
    }
  return counts;
}

}  // namespace wisp::apps
