#pragma once

#include <CLI/CLI.hpp>

namespace wisp::apps {

void add_upsample(CLI::App& app);

}  // namespace wisp::apps
