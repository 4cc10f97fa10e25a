#include <apps/tconv/explain/problem.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include <wisp/ops/conv2d.h>

namespace wisp::apps {
namespace {

double parse_number(const std::string& option, const std::string& word) {
  double value = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
  check(problem == std::errc{} && end == word.data() + word.size() && std::isfinite(value) && std::abs(value) <= 1e9,
        "{} must be numbers from -1e9 to 1e9 such as \"0 1; 2 3\", given \"{}\"", option, word);
  return value;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// Rows of numbers of all channels: "0 1; 2 3 | 4 5; 6 7" is four rows.
std::vector<std::vector<double>> parse_rows(const std::string& option, const std::string& text) {
  std::vector<std::vector<double>> rows;
  for (const std::string& channel : split(text, '|'))
    for (const std::string& row : split(channel, ';')) {
      rows.emplace_back();
      std::istringstream words(row);
      for (std::string word; words >> word;) rows.back().push_back(parse_number(option, word));
    }
  return rows;
}

// The size of one channel as it is written down: "2x3".
std::string size_of(const std::string& option, const std::string& text) {
  const auto rows = parse_rows(option, text.substr(0, text.find('|')));
  check(!rows.empty() && !rows[0].empty(), "{} holds no numbers, given \"{}\"", option, text);
  return fmt::format("{}x{}", rows.size(), rows[0].size());
}

std::vector<double> parse_values(const std::string& option, const std::string& text, std::int64_t channels,
                                 Size2d size) {
  std::vector<double> values;
  bool fits = true;
  for (const auto& row : parse_rows(option, text)) {
    values.insert(values.end(), row.begin(), row.end());
    fits = fits && static_cast<std::int64_t>(row.size()) == size.width;
  }
  const std::int64_t cells = channels * size.height * size.width, count = static_cast<std::int64_t>(values.size());
  check(count == cells, "{} needs {} numbers ({} x {}), given {}", option, cells, channels, size, count);
  check(fits || text.find_first_of(";|") == std::string::npos, "{} needs rows of {} numbers", option, size.width);
  return values;
}

std::vector<double> count_up(std::int64_t count, std::int64_t numbers, double first) {
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = first + static_cast<double>(static_cast<std::int64_t>(i) % numbers);
  return values;
}

void check_size(const ProblemText& text, const Layer& layer, Size2d output) {
  constexpr std::int64_t most_channels = 1024, most_pixels = 128, most_kernel = 16, most_step = 16,
                         most_entries = 1 << 25;
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
        "a page explains strides and dilations of at most {}, given {} and {}", most_step, o.stride, o.dilation);
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

Image Problem::kernels() const {
  Image image(std::min(input.channels, shown_channels) * output.channels, layer.kernel.height, layer.kernel.width);
  std::copy_n(weights.begin(), image.values.size(), image.values.begin());
  return image;
}

Problem parse_problem(ProblemText text) {
  if (text.layer.input.empty() && !text.values.empty()) text.layer.input = size_of("--values", text.values);
  if (text.layer.kernel.empty() && !text.weights.empty()) text.layer.kernel = size_of("--weights", text.weights);
  Problem p;
  p.layer = parse_layer(text.layer);
  const Size2d input = p.layer.input, kernel = p.layer.kernel;
  check_size(text, p.layer, p.layer.output());
  const std::int64_t in = text.in_channels, out = text.out_channels, shown = std::min(out, shown_channels);
  const std::int64_t cells = in * input.height * input.width, weights = in * out * kernel.height * kernel.width;

  const bool many = in * out > 1;
  p.out_channels = out;
  p.input = Image(
      Tensor::from({in, input.height, input.width},
                   text.values.empty() ? count_up(cells, 9, 1) : parse_values("--values", text.values, in, input)));
  const Tensor weight = Tensor::from({in, out, kernel.height, kernel.width},
                                     text.weights.empty() ? count_up(weights, many ? 3 : 9, many ? -1 : 1)
                                                          : parse_values("--weights", text.weights, in * out, kernel));
  p.weight = weight.narrow(1, 0, shown);
  p.weights = p.weight.values<double>();
  p.output = Image(conv_transpose2d(p.input.tensor(), p.weight, {}, p.layer.options));
  return p;
}

}  // namespace wisp::apps
