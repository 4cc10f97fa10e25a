// What a command is about to write, against what it reads and what it writes besides.
#pragma once

#include <string>
#include <vector>

namespace wisp::apps {

/// A file or folder and what names it: an option such as "--out". An empty path is one that was not given.
struct NamedPath {
  std::string name;
  std::string path;
};

/// Throws Error in the name of `command` where writing an output would replace an input (the file itself, or a file in
/// that folder unless it is a page of this program) or another output. Links are followed; devices and pipes replace
/// nothing.
void check_outputs(const char* command, const std::vector<NamedPath>& outputs, const std::vector<NamedPath>& inputs);

}  // namespace wisp::apps
