#pragma once

#include <CLI/CLI.hpp>

namespace wisp::apps {

void add_shape(CLI::App& app);

}  // namespace wisp::apps
