// What the arithmetic of a layer says, in words.
#pragma once

#include <string>
#include <vector>

#include <apps/tconv/layer.h>

namespace wisp::apps {

/// Sizes and their formulas in both directions, what output_padding gives, exact multiples, and coverage; long lists
/// are shortened. Throws Error as coverage() does.
std::vector<std::string> arithmetic_lines(const Layer& layer);

}  // namespace wisp::apps
