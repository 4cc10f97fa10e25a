// A layer as a line of code.
#pragma once

#include <string>

#include <apps/tconv/explain/problem.h>

namespace wisp::apps {

/// For PyTorch: "torch.nn.ConvTranspose2d(1, 1, 3, stride=2, bias=False)".
std::string python_line(const Problem& problem);

/// For Wisp: "wisp::nn::ConvTranspose2d(1, 1, 3, {.stride = 2, .bias = false}, rng)".
std::string cpp_line(const Problem& problem);

}  // namespace wisp::apps
