// Layer: a ConvTranspose2d and the size of its input, as the command line describes them.
#pragma once

#include <algorithm>
#include <string>

#include <CLI/CLI.hpp>

#include <wisp/ops/conv2d_options.h>

namespace wisp::apps {

/// The options as they were typed; sizes are "H" or "HxW". Empty: not given.
struct LayerText {
  std::string input = {};
  std::string kernel = {};
  std::string stride = "1";
  std::string padding = "0";
  std::string output_padding = "0";
  std::string dilation = "1";
  std::string output_size = {};
};

/// One axis of a layer, with s, p, a and d for its options. Input pixel i and kernel pixel j meet at output pixel
/// o = i s - p + d j.
struct Axis {
  std::int64_t input, kernel, stride = 1, padding = 0, output_padding = 0, dilation = 1;

  /// What the kernel spans: d (k - 1) + 1.
  std::int64_t reach() const { return dilation * (kernel - 1) + 1; }
  /// (input - 1) s - 2 p + d (k - 1) + a + 1, also where that is below 1.
  std::int64_t output() const { return (input - 1) * stride - 2 * padding + reach() + output_padding; }
  std::int64_t largest_output_padding() const { return std::max(stride, dilation) - 1; }
};

struct Layer {
  Size2d input = 1;
  Size2d kernel = 1;
  ConvTranspose2dOptions options;

  Axis height() const;
  Axis width() const;
  /// The adjoint convolution's options.
  Conv2dOptions conv2d() const { return {options.stride, options.padding, options.dilation, options.groups}; }
  /// Throws Error when the layer makes nothing of its input.
  Size2d output() const { return conv_transpose2d_output_size(input, kernel, options); }
};

/// "4" or "4x3". Throws Error naming `option` when it is neither, or a number is below `least` or above 2^31.
Size2d parse_size(const std::string& option, const std::string& text, std::int64_t least);

/// "3" for a square, "4x3" otherwise: as one types it.
std::string short_text(Size2d size);

/// A check for options: "" is no value.
std::string reject_empty(const std::string& text);

/// Adds --input, --kernel, --stride, --padding, --output-padding, --dilation and --output-size to a command.
void add_layer_options(CLI::App& command, LayerText& text);

/// The layer that the options describe; --output-size decides the output_padding. Throws Error for a word that is no
/// size, an option out of range, an output_padding that is not below stride or dilation, an output_size out of reach.
Layer parse_layer(const LayerText& text);

}  // namespace wisp::apps
