// tconv autoencode: a small autoencoder learns to restore pictures, and a page shows what every layer makes of one.
#pragma once

#include <CLI/CLI.hpp>

namespace wisp::apps {

/// Adds the command `autoencode`.
void add_autoencode(CLI::App& app);

}  // namespace wisp::apps
