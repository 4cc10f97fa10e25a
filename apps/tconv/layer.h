// Layer: a ConvTranspose2d and the size of its input, as the command line describes them.
#pragma once

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include <wisp/ops/conv2d_options.h>

namespace wisp::apps {

/// The options as they were typed; sizes are "H" or "HxW". Empty: not given.
struct LayerText {
  std::string input = {};
  std::string kernel = {};
  std::string stride = {};
  std::string padding = {};
  std::string output_padding = {};
  std::string dilation = {};
  std::string output_size = {};
};

struct Layer {
  Size2d input = 1;
  Size2d kernel = 1;
  ConvTranspose2dOptions options;

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
