// tconv upsample: a picture enlarged in five ways, side by side with its errors.
#pragma once

#include <CLI/CLI.hpp>

namespace wisp::apps {

/// Registers the command. It throws Error and IoError.
void add_upsample(CLI::App& app);

}  // namespace wisp::apps
