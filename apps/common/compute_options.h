// --precision and --backend: how a program computes.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace wisp::apps {

struct ComputeOptions {
  std::string precision = "auto";  ///< auto, f32 or bf16
  std::string backend = "";        ///< empty: that of the environment
};

/// Adds --precision and --backend.
void add_compute_options(CLI::App& command, ComputeOptions& options);

/// Throws Error when WISP_BACKEND or WISP_CONV is not valid: for a program to begin with, before it computes or writes.
void check_compute_environment();

/// Puts the backend in force and says whether to compute in bf16 under Autocast: where it was asked for, or with auto
/// where the CPU has it in hardware and the backend uses it. Throws Error for names that are not valid, also in
/// WISP_BACKEND and WISP_CONV.
bool apply_compute_options(const ComputeOptions& options);

}  // namespace wisp::apps
