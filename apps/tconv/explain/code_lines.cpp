#include <apps/tconv/explain/code_lines.h>

#include <fmt/ranges.h>

namespace wisp::apps {
namespace {

// How a language writes a size of two numbers, an option and what is not.
struct Language {
  const char *open, *close, *before, *equals, *no;
};

constexpr Language python{"(", ")", "", "=", "False"}, cpp{"{", "}", ".", " = ", "false"};

std::string size_text(const Language& language, Size2d size) {
  if (size.height == size.width) return fmt::format("{}", size.height);
  return fmt::format("{}{}, {}{}", language.open, size.height, size.width, language.close);
}

// The options that are not the default, and bias, which never is.
std::string options_text(const Language& language, const ConvTranspose2dOptions& o) {
  std::vector<std::string> options;
  const auto add = [&](const char* name, const std::string& value) {
    options.push_back(fmt::format("{}{}{}{}", language.before, name, language.equals, value));
  };
  if (o.stride != Size2d(1)) add("stride", size_text(language, o.stride));
  if (o.padding != Size2d(0)) add("padding", size_text(language, o.padding));
  if (o.output_padding != Size2d(0)) add("output_padding", size_text(language, o.output_padding));
  add("bias", language.no);
  if (o.dilation != Size2d(1)) add("dilation", size_text(language, o.dilation));
  return fmt::format("{}", fmt::join(options, ", "));
}

}  // namespace

std::string python_line(const Problem& p) {
  return fmt::format("torch.nn.ConvTranspose2d({}, {}, {}, {})", p.input.channels, p.out_channels,
                     size_text(python, p.layer.kernel), options_text(python, p.layer.options));
}

std::string cpp_line(const Problem& p) {
  return fmt::format("wisp::nn::ConvTranspose2d({}, {}, {}, {{{}}}, rng)", p.input.channels, p.out_channels,
                     size_text(cpp, p.layer.kernel), options_text(cpp, p.layer.options));
}

}  // namespace wisp::apps
