// A generator as a C++ header that needs no library.
#pragma once

#include <string>

#include <apps/dcgan/network_file.h>

namespace wisp::apps {

/// Writes a header with the generator's weights and generate(z, image), and with WISP_GENERATOR_MAIN defined a program
/// that draws a grid. Throws what save_cpp_header does.
void write_header(const std::string& path, LoadedNetwork& generator);

}  // namespace wisp::apps
