#include <apps/tconv/explain/problem.h>

#include <algorithm>

#include <apps/tconv/explain/numbers.h>
#include <wisp/ops/conv2d.h>

namespace wisp::apps {
namespace {

// Numbers from `first` upwards, again and again.
std::vector<double> count_up(std::int64_t count, std::int64_t numbers, double first) {
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = first + static_cast<double>(static_cast<std::int64_t>(i) % numbers);
  return values;
}

// From -2 to 2, or further where rows or kernels would come out alike.
std::vector<double> default_weights(std::int64_t count, Size2d kernel) {
  std::int64_t period = 5;
  while (kernel.height % period == 0 || kernel.width % period == 0) period += 2;
  return count_up(count, period, static_cast<double>(-(period / 2)));
}

void check_size(const ProblemText& text, const Layer& layer, Size2d output) {
  constexpr std::int64_t most_channels = 1024, most_pixels = 128, most_kernel = 16, most_step = 16,
                         most_weights = 1 << 21, most_entries = 1 << 24;
  check(1 <= std::min(text.in_channels, text.out_channels) &&
            std::max(text.in_channels, text.out_channels) <= most_channels,
        "--in-channels and --out-channels must be between 1 and {}, given {} and {}", most_channels, text.in_channels,
        text.out_channels);
  check(std::max({layer.input.height, layer.input.width, output.height, output.width}) <= most_pixels,
        "a page explains images of at most {}x{} pixels, given {} -> {}", most_pixels, most_pixels, layer.input,
        output);
  check(std::max(layer.kernel.height, layer.kernel.width) <= most_kernel,
        "a page explains kernels of at most {}x{} pixels, given {}", most_kernel, most_kernel, layer.kernel);
  const ConvTranspose2dOptions& o = layer.options;
  check(std::max({o.stride.height, o.stride.width, o.dilation.height, o.dilation.width}) <= most_step,
        "a page explains strides and dilations of at most {}, given {} and {}", most_step, short_text(o.stride),
        short_text(o.dilation));
  const std::int64_t weights = text.in_channels * text.out_channels * layer.kernel.height * layer.kernel.width;
  check(weights <= most_weights, "a page explains layers of at most {} weights, given {} x {} x {} = {}", most_weights,
        text.in_channels, text.out_channels, layer.kernel, weights);
  const std::int64_t entries = text.in_channels * layer.input.height * layer.input.width *
                               std::min(text.out_channels, shown_channels) * output.height * output.width;
  check(entries <= most_entries, "this layer's matrix has {} entries, a page explains at most {}", entries,
        most_entries);
}

}  // namespace

Image::Image(std::int64_t of_channels, std::int64_t of_height, std::int64_t of_width, double value)
    : channels(of_channels),
      height(of_height),
      width(of_width),
      values(static_cast<std::size_t>(of_channels * of_height * of_width), value) {}

Image::Image(const Tensor& tensor)
    : channels(tensor.dim(0)), height(tensor.dim(1)), width(tensor.dim(2)), values(tensor.values<double>()) {}

Image Image::part(std::int64_t most_channels, std::int64_t most_rows, std::int64_t most_columns) const {
  return Image(tensor()
                   .narrow(0, 0, std::min(channels, most_channels))
                   .narrow(1, 0, std::min(height, most_rows))
                   .narrow(2, 0, std::min(width, most_columns)));
}

Image Problem::kernels() const {
  const Tensor shown = weight.narrow(0, 0, std::min(input.channels, shown_channels));
  return Image(shown.reshape({-1, layer.kernel.height, layer.kernel.width}));
}

Problem parse_problem(ProblemText text) {
  if (text.layer.input.empty() && !text.values.empty()) text.layer.input = written_size("--values", text.values);
  if (text.layer.kernel.empty() && !text.weights.empty()) text.layer.kernel = written_size("--weights", text.weights);
  Problem p;
  p.layer = parse_layer(text.layer);
  const Size2d input = p.layer.input, kernel = p.layer.kernel;
  check_size(text, p.layer, p.layer.output());
  const std::int64_t in = text.in_channels, out = text.out_channels, shown = std::min(out, shown_channels);
  const std::int64_t cells = in * input.height * input.width, weights = in * out * kernel.height * kernel.width;

  p.out_channels = out;
  p.input = Image(Tensor::from({in, input.height, input.width},
                               text.values.empty()
                                   ? count_up(cells, 9, 1)
                                   : parse_numbers("--values", text.values, in, input, ": add --in-channels {}")));
  const auto numbers = [&] {
    if (!text.weights.empty())
      return parse_numbers("--weights", text.weights, in * out, kernel,
                           ": --in-channels times --out-channels must be {}");
    return in * out > 1 ? default_weights(weights, kernel) : count_up(weights, 9, 1);
  };
  p.whole_weight = Tensor::from({in, out, kernel.height, kernel.width}, numbers());
  p.weight = p.whole_weight.narrow(1, 0, shown);
  p.weights = p.weight.values<double>();
  p.output = Image(conv_transpose2d(p.input.tensor(), p.weight, {}, p.layer.options));
  return p;
}

}  // namespace wisp::apps
