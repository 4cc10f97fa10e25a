// mnist train and mnist test: a judge that reads digits, or any other pictures in MNIST's format.
#pragma once

#include <CLI/CLI.hpp>

namespace wisp::apps {

void add_train(CLI::App& app);
void add_test(CLI::App& app);

}  // namespace wisp::apps
