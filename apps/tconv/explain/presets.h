// The worked examples that ship with tconv.
#pragma once

#include <string>
#include <vector>

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

}  // namespace wisp::apps
