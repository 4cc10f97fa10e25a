#include <apps/tconv/explain/code_lines.h>

#include <functional>

namespace wisp::apps {
namespace {

std::string size_text(Size2d size) {
  return size.height == size.width ? fmt::format("{}", size.height) : fmt::format("({}, {})", size.height, size.width);
}

std::string size_braces(Size2d size) {
  return size.height == size.width ? fmt::format("{}", size.height)
                                   : fmt::format("{{{}, {}}}", size.height, size.width);
}

// The options that are not the default, each as `before` + name + " = " or "=" + value.
std::string options_text(const Layer& layer, const std::string& before, const std::string& equals,
                         const std::function<std::string(Size2d)>& text) {
  const ConvTranspose2dOptions& o = layer.options;
  std::string result;
  const auto add = [&](const char* name, Size2d value, std::int64_t standard) {
    if (value != Size2d(standard)) result += ", " + before + name + equals + text(value);
  };
  add("stride", o.stride, 1);
  add("padding", o.padding, 0);
  add("output_padding", o.output_padding, 0);
  result += ", " + before + "bias" + equals + (before.empty() ? "False" : "false");
  add("dilation", o.dilation, 1);
  return result;
}

}  // namespace

std::string python_line(const Problem& p) {
  return fmt::format("torch.nn.ConvTranspose2d({}, {}, {}{})", p.input.channels, p.out_channels,
                     size_text(p.layer.kernel), options_text(p.layer, "", "=", size_text));
}

std::string cpp_line(const Problem& p) {
  return fmt::format("wisp::nn::ConvTranspose2d({}, {}, {}, {{{}}}, rng)", p.input.channels, p.out_channels,
                     size_braces(p.layer.kernel), options_text(p.layer, ".", " = ", size_braces).substr(2));
}

}  // namespace wisp::apps
