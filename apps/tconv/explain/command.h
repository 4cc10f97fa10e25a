// tconv explain: a page that shows what a transposed convolution computes, in five ways.
#pragma once

#include <CLI/CLI.hpp>

namespace wisp::apps {

/// Adds the command.
void add_explain(CLI::App& app);

}  // namespace wisp::apps
