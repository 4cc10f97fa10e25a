// The commands of tconv. They throw Error and IoError.
#pragma once

#include <CLI/CLI.hpp>

namespace wisp::apps {

/// `tconv shape`: the sizes that a layer makes, in both directions, with their formulas, as text or JSON. Its keys:
/// `conv` and `conv_transpose`, [h, w] or null where there is no such size; `conv_formula` and
/// `conv_transpose_formula`; `sizes_by_output_padding`: {height, width}, lists whose entry a is the size with
/// output_padding a, or null, for the first 16; `largest_output_padding`, [h, w]; `exact_multiple`; `overlap`: {height,
/// width, even, factor}, where factor is null when some pixels are never reached.
void add_shape(CLI::App& app);

/// `tconv explain`: a page that shows what a transposed convolution computes, in five ways.
void add_explain(CLI::App& app);

/// `tconv presets`: the worked examples of explain.
void add_presets(CLI::App& app);

/// `tconv upsample`: a picture enlarged in five ways, side by side with its errors.
void add_upsample(CLI::App& app);

/// `tconv autoencode`: a small autoencoder learns to restore pictures, and a page shows what every layer makes of one.
void add_autoencode(CLI::App& app);

}  // namespace wisp::apps
