// The worked examples that ship with tconv.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <apps/tconv/explain/problem.h>

namespace wisp::apps {

struct Preset {
  std::string name;
  std::string about;
  ProblemText problem;
};

const std::vector<Preset>& presets();

/// Throws Error with the names there are when there is no such preset.
const Preset& find_preset(const std::string& name);

/// Adds `tconv presets`, which lists them.
void add_presets(CLI::App& app);

}  // namespace wisp::apps
