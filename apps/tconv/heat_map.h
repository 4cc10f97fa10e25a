// heat_map: numbers as colours.
#pragma once

#include <apps/tconv/problem.h>

namespace wisp::apps {

/// The image's channels side by side as a u8 picture (H', W', 3): white for 0, blue for positive, orange for negative
/// numbers, full colour for the largest magnitude. Each number becomes `pixels` x `pixels` equal ones.
Tensor heat_map(const Image& image, std::int64_t pixels);

}  // namespace wisp::apps
