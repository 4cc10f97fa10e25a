// The commands of dcgan, a file each: add_train and so on add theirs, with its options, to the program. The work is
// done in the command's callback, by what the folder above declares.
#pragma once

#include <CLI/CLI.hpp>

namespace wisp::apps {

/// Training sets `exit_code` when it stops early.
void add_train(CLI::App& app, int& exit_code);
void add_sample(CLI::App& app);
void add_interpolate(CLI::App& app);
void add_features(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_export(CLI::App& app);
void add_report(CLI::App& app);
void add_serve(CLI::App& app);

}  // namespace wisp::apps
