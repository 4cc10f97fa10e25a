// The commands of bench, one file each.
#pragma once

#include <CLI/CLI.hpp>

namespace wisp::apps {

/// `bench gemm`: a square matrix product against the machine's peak.
void add_gemm(CLI::App& app);

/// `bench layers`: each convolution of the DCGAN in each implementation, and the bare matrix product it amounts to.
void add_layers(CLI::App& app);

/// `bench step`: a DCGAN training step, and where its time goes.
void add_step(CLI::App& app);

/// `bench sample`: drawing images with the generator.
void add_sample(CLI::App& app);

/// `bench startup`: from the start of the process to the end of the first training step.
void add_startup(CLI::App& app);

}  // namespace wisp::apps
