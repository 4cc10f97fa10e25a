// tconv shape: the sizes that a layer makes, in both directions.
#pragma once

#include <CLI/CLI.hpp>

namespace wisp::apps {

/// Adds the command, which prints sizes and formulas as text or JSON. Its keys: `conv` and `conv_transpose`, [h, w] or
/// null where there is no such size; `conv_formula` and `conv_transpose_formula`; `sizes_by_output_padding`:
/// {height, width}, lists whose entry a is the size with output_padding a, or null, for the first 16;
/// `largest_output_padding`, [h, w]; `exact_multiple`; `overlap`: {height, width, even, factor}, where factor is null
/// when some pixels are never reached.
void add_shape(CLI::App& app);

}  // namespace wisp::apps
