// A generator as one C++ file that needs nothing but a C++17 compiler.
#pragma once

#include <string>

#include <apps/dcgan/folded_network.h>

namespace wisp::apps {

/// Writes atomically, and always the same bytes for the same network: the sizes, `generate`, which draws one image from
/// noise, a `main` that draws a grid of them (see exported_generator.inc), and all weights in digits enough to read
/// back the same floats. Takes a generator. Throws IoError when the file cannot be written.
void write_header(const std::string& path, const FoldedNetwork& network);

}  // namespace wisp::apps
