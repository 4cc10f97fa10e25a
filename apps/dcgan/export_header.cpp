#include <apps/dcgan/export_header.h>

#include <exported_generator.h>

#include <wisp/exchange/cpp_header.h>

namespace wisp::apps {
namespace {

constexpr const char* comment =
    R"(// A DCGAN's generator with its weights, written by Wisp's `dcgan export`. It needs a C++17 compiler and nothing else.
//
// To draw a grid of images, with this file called digits.h:
//   g++ -std=c++17 -O2 -x c++ -DWISP_GENERATOR_MAIN digits.h -o digits && ./digits 1 >digits.pgm
// In a program of your own: #include it and call wisp_generator::generate(z, image).
)";

}  // namespace

void write_header(const std::string& path, LoadedNetwork& generator) {
  const models::DcganOptions& o = generator.options;
  const std::string sizes =
      fmt::format("inline constexpr int latent = {}, classes = {}, channels = {}, image_size = {};\n\n", o.latent,
                  o.classes, o.channels, o.image_size);
  save_cpp_header(path, generator.network, Tensor::ones({1, o.inputs(), 1, 1}),
                  {.namespace_name = "wisp_generator",
                   .comment = comment,
                   .more = sizes + std::string(embedded::exported_generator_inc)});
}

}  // namespace wisp::apps
