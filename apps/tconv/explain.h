#pragma once

#include <CLI/CLI.hpp>

namespace wisp::apps {

void add_explain(CLI::App& app);

}  // namespace wisp::apps
