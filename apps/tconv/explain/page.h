// The page of tconv explain.
#pragma once

#include <string>

#include <apps/tconv/explain/problem.h>

namespace wisp::apps {

/// Writes `folder`/index.html, which holds all it shows, and the pictures it is made of: input.png, output.png,
/// overlap.png and matrix.png. `about`: a sentence under the title, or "". Throws IoError.
void write_explanation(const std::string& folder, const Problem& problem, const std::string& about);

}  // namespace wisp::apps
