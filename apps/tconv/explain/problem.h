// Problem: a transposed convolution with its numbers, and what the library makes of it.
#pragma once

#include <string>
#include <vector>

#include <apps/tconv/layer.h>
#include <wisp/core/tensor.h>

namespace wisp::apps {

/// What a page shows of each thing; the rest is computed and not shown.
inline constexpr std::int64_t shown_channels = 4, shown_pixels = 16;

/// Numbers in rows and columns, in channels.
struct Image {
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<double> values;  ///< channels x height x width

  Image() = default;
  Image(std::int64_t of_channels, std::int64_t of_height, std::int64_t of_width, double value = 0);
  /// A tensor (C, H, W), f64.
  explicit Image(const Tensor& tensor);

  std::size_t index(std::int64_t c, std::int64_t row, std::int64_t column) const {
    return static_cast<std::size_t>((c * height + row) * width + column);
  }
  double& at(std::int64_t c, std::int64_t row, std::int64_t column) { return values[index(c, row, column)]; }
  double at(std::int64_t c, std::int64_t row, std::int64_t column) const { return values[index(c, row, column)]; }
  /// The first channels, rows and columns: at most so many of each.
  Image part(std::int64_t most_channels, std::int64_t most_rows, std::int64_t most_columns) const;
  Tensor tensor() const { return Tensor::from({channels, height, width}, values); }
};

/// conv_transpose2d(input, weight) for one image. The output has only the first channels, those a page shows.
struct Problem {
  Layer layer;
  Image input;                    ///< in_channels x H x W
  std::int64_t out_channels = 1;  ///< that the layer has
  Tensor whole_weight;            ///< (in_channels, out_channels, kh, kw), f64
  Tensor weight;                  ///< of the first min(out_channels, shown_channels) output channels
  Image output;                   ///< what the library computes with that weight

  double w(std::int64_t in, std::int64_t out, std::int64_t a, std::int64_t b) const {
    return weights[static_cast<std::size_t>(
        ((in * output.channels + out) * layer.kernel.height + a) * layer.kernel.width + b)];
  }
  /// The shown kernels as channels: input channel i to output channel o is channel i * output.channels + o.
  Image kernels() const;

  std::vector<double> weights;  ///< weight's values
};

/// A problem in words, its numbers as parse_numbers reads them: "0 1; 2 3" for one channel, channels separated by "|".
/// Empty: counted up from 1 to 9 again and again, weights of layers with several channels from -2 to 2.
struct ProblemText {
  LayerText layer = {};
  std::string values = {};
  std::string weights = {};  ///< in the order (in_channels, out_channels, kh, kw)
  std::int64_t in_channels = 1;
  std::int64_t out_channels = 1;
};

/// Sizes that are not given are those of the numbers. Throws Error as parse_layer does, for words among the numbers,
/// for more or fewer of them than cells, and for layers too large to explain.
Problem parse_problem(ProblemText text);

}  // namespace wisp::apps
