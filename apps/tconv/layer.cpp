#include <apps/tconv/layer.h>

#include <apps/common/decimal.h>

namespace wisp::apps {
Axis Layer::height() const {
  const ConvTranspose2dOptions& o = options;
  return {input.height, kernel.height, o.stride.height, o.padding.height, o.output_padding.height, o.dilation.height};
}

Axis Layer::width() const {
  const ConvTranspose2dOptions& o = options;
  return {input.width, kernel.width, o.stride.width, o.padding.width, o.output_padding.width, o.dilation.width};
}

Size2d parse_size(const std::string& option, const std::string& text, std::int64_t least) {
  constexpr std::int64_t most = std::int64_t{1} << 31;
  const std::size_t cross = text.find('x');
  const std::string_view all(text);
  const auto height = decimal<std::int64_t>(all.substr(0, cross)),
             width = cross == std::string::npos ? height : decimal<std::int64_t>(all.substr(cross + 1));
  check(height && width, "{} must be a whole number or two such as 4x3, given \"{}\"", option, text);
  check(std::min(*height, *width) >= least && std::max(*height, *width) <= most,
        "{} must be between {} and 2^31, given {}", option, least, text);
  return {*height, *width};
}

std::string short_text(Size2d size) {
  return size.height == size.width ? fmt::format("{}", size.height) : fmt::format("{}", size);
}

std::string reject_empty(const std::string& text) { return text.empty() ? "needs a value, given \"\"" : ""; }

void add_layer_options(CLI::App& command, LayerText& text) {
  const auto add = [&](const char* name, std::string& value, const char* what) {
    return command.add_option(name, value, what)->check(reject_empty);
  };
  add("--input", text.input, "Size of the input, H or HxW");
  add("--kernel", text.kernel, "Size of the kernel, k or kxl");
  add("--stride", text.stride, "Steps between the copies of the kernel (1)");
  add("--padding", text.padding, "Pixels cut off on each side of the output (0)");
  CLI::Option* output_padding =
      add("--output-padding", text.output_padding, "Pixels added at the bottom and right (0)");
  add("--dilation", text.dilation, "Steps between the kernel's pixels (1)");
  add("--output-size", text.output_size, "Size of the output, instead of --output-padding")->excludes(output_padding);
}

Layer parse_layer(const LayerText& text) {
  check(!text.input.empty() && !text.kernel.empty(), "--input and --kernel are needed, e.g. --input 4x4 --kernel 3");
  Layer layer;
  layer.input = parse_size("--input", text.input, 1);
  layer.kernel = parse_size("--kernel", text.kernel, 1);
  ConvTranspose2dOptions& o = layer.options;
  o.stride = parse_size("--stride", text.stride, 1);
  o.padding = parse_size("--padding", text.padding, 0);
  o.dilation = parse_size("--dilation", text.dilation, 1);
  o.output_padding = parse_size("--output-padding", text.output_padding, 0);
  if (!text.output_size.empty())
    o.output_padding =
        conv_transpose2d_output_padding(layer.input, parse_size("--output-size", text.output_size, 1), layer.kernel, o);
  // Without padding there is always an output: what is thrown here is about the options.
  ConvTranspose2dOptions unpadded = o;
  unpadded.padding = 0;
  conv_transpose2d_output_size(layer.input, layer.kernel, unpadded);
  return layer;
}

}  // namespace wisp::apps
