#include <apps/dcgan/export_header.h>

#include <cassert>
#include <iterator>

#include <exported_generator.h>

#include <wisp/io/atomic_file.h>

namespace wisp::apps {
namespace {

constexpr std::size_t numbers_in_line = 9;

void write_text(AtomicFile& file, std::string_view text) { file.write(std::as_bytes(std::span(text))); }

std::string head(const FoldedNetwork& network) {
  const models::DcganOptions& o = network.options;
  std::string text =
      R"(// A DCGAN's generator with its weights, written by Wisp's `dcgan export`. It needs a C++17 compiler and nothing else.
//
// To draw a grid of images, with this file called digits.h:
//   g++ -std=c++17 -O2 -x c++ -DWISP_GENERATOR_MAIN digits.h -o digits && ./digits 1 >digits.pgm
// In a program of your own: #include it and call wisp_generator::generate(z, image).
#ifndef WISP_GENERATOR_H
#define WISP_GENERATOR_H

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

namespace wisp_generator {

)";
  text += fmt::format("inline constexpr int latent = {}, classes = {}, channels = {}, image_size = {};\n\n", o.latent,
                      o.classes, o.channels, o.image_size);
  text += R"(struct Layer {
  int in_channels, out_channels, kernel, stride, padding;
  bool residual;  // what goes in is added to what comes out
};

// Transposed convolutions with a bias, ReLU between and tanh at the end; BatchNorm is multiplied in.
inline constexpr Layer layers[] = {
)";
  for (const auto& [layer, weight, bias] : network.layers)
    text += fmt::format("    {{{}, {}, {}, {}, {}, {}}},\n", layer.in_channels, layer.out_channels, layer.kernel,
                        layer.stride, layer.padding, layer.residual);
  return text + "};\n\n";
}

// The shortest digits that read back as the same float, all of which are finite.
void write_numbers(AtomicFile& file, const std::vector<float>& numbers) {
  fmt::memory_buffer text;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    fmt::format_to(std::back_inserter(text), "{:#}f,", numbers[i]);
    if (i % numbers_in_line == numbers_in_line - 1 || i + 1 == numbers.size()) text.push_back('\n');
    if (text.size() < 65536 && i + 1 < numbers.size()) continue;
    write_text(file, {text.data(), text.size()});
    text.clear();
  }
}

}  // namespace

void write_header(const std::string& path, const FoldedNetwork& network) {
  assert(network.is_generator);
  AtomicFile file(path);
  write_text(file, head(network));
  write_text(file, embedded::exported_generator_inc);
  write_text(file, "inline const float* weights() {\n  static const float numbers[] = {\n");
  for (const FoldedLayer& layer : network.layers) {
    write_numbers(file, layer.weight);
    write_numbers(file, layer.bias);
  }
  write_text(file, "  };\n  return numbers;\n}\n\n}  // namespace wisp_generator\n\n#endif\n");
  file.commit();
}

}  // namespace wisp::apps
