// The page of tconv explain.
#pragma once

#include <string>
#include <vector>

#include <apps/tconv/explain/problem.h>

namespace wisp::apps {

/// The names of the files that write_explanation writes.
std::vector<std::string> explanation_files();

/// Writes `folder`/index.html, which holds all it shows, and the pictures it is made of: input.png, output.png,
/// overlap.png and matrix.png. `about`: a sentence under the title, or "". Throws IoError.
void write_explanation(const std::string& folder, const Problem& problem, const std::string& about);

}  // namespace wisp::apps
