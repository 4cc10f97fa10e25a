#pragma once

#include <CLI/CLI.hpp>

namespace wisp::apps {

void add_autoencode(CLI::App& app);

}  // namespace wisp::apps
