// Training traces: steps of training small networks, computed by PyTorch.
#pragma once

#include <filesystem>

#include <tests/golden/report.h>

namespace wisp::testing {

/// Repeats the steps in the file and compares losses, gradients and weights. Returns the number of steps. Throws Error
/// or IoError on a file that it does not understand.
int run_trace(const std::filesystem::path& path, Report& report);

}  // namespace wisp::testing
