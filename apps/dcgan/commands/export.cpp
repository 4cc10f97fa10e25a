#include <memory>

#include <exported_generator.h>

#include <apps/common/metadata.h>
#include <apps/common/outputs.h>
#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/network_file.h>
#include <wisp/exchange/cpp_header.h>
#include <wisp/exchange/onnx_export.h>
#include <wisp/io/safetensors.h>

namespace wisp::apps {
namespace {

struct Options {
  std::string checkpoint, format, out, network = "generator";
  bool raw = false;

  bool is_generator() const { return network == "generator"; }
};

void check_options(const Options& o) {
  check(!o.checkpoint.empty() && !o.out.empty(),
        "export: --checkpoint and --out must name files, given \"{}\" and \"{}\"", o.checkpoint, o.out);
  check(o.format == "safetensors" || o.format == "onnx" || o.format == "header",
        "export: --format must be safetensors, onnx or header, given {}", o.format);
  check(o.is_generator() || o.network == "discriminator",
        "export: --network must be generator or discriminator, given {}", o.network);
  check(o.format != "header" || o.is_generator(), "export: --format header holds a generator, given --network {}",
        o.network);
  check(!o.raw || o.is_generator(), "export: --raw chooses between generators, given with --network {}", o.network);
  check_outputs("export", {{"--out", o.out}}, {{"--checkpoint", o.checkpoint}});
}

// What the tensors' shapes do not tell: how many of a generator's inputs are those of a label.
Metadata metadata_of(const models::DcganOptions& options) {
  if (options.classes == 0) return {};
  return {{"classes", fmt::to_string(options.classes)}};
}

void write_onnx(const std::string& path, LoadedNetwork& loaded, bool is_generator) {
  const models::DcganOptions& o = loaded.options;
  const Shape noise{1, o.inputs(), 1, 1}, image{1, o.channels, o.image_size, o.image_size};
  save_onnx(path, loaded.network, {Tensor::ones(is_generator ? noise : image)},
            {.input_names = {is_generator ? "z" : "image"},
             .output_names = {is_generator ? "image" : "logits"},
             .graph_name = is_generator ? "generator" : "discriminator"});
}

constexpr const char* header_comment =
    R"(// A DCGAN's generator with its weights, written by Wisp's `dcgan export`. It needs a C++17 compiler and nothing else.
//
// To draw a grid of images, with this file called digits.h:
//   g++ -std=c++17 -O2 -x c++ -DWISP_GENERATOR_MAIN digits.h -o digits && ./digits 1 >digits.pgm
// In a program of your own: #include it and call wisp_generator::generate(z, image).
)";

void write_header(const std::string& path, LoadedNetwork& generator) {
  const models::DcganOptions& o = generator.options;
  const std::string sizes =
      fmt::format("inline constexpr int latent = {}, classes = {}, channels = {}, image_size = {};\n\n", o.latent,
                  o.classes, o.channels, o.image_size);
  save_cpp_header(path, generator.network, Tensor::ones({1, o.inputs(), 1, 1}),
                  {.namespace_name = "wisp_generator",
                   .comment = header_comment,
                   .more = sizes + std::string(embedded::exported_generator_inc)});
}

void export_network(const Options& o) {
  check_options(o);
  LoadedNetwork loaded = o.is_generator() ? load_generator(o.checkpoint, o.raw) : load_discriminator(o.checkpoint);
  if (o.format == "safetensors")
    write_safetensors(o.out, {loaded.network.state_dict(), metadata_of(loaded.options)});
  else if (o.format == "onnx")
    write_onnx(o.out, loaded, o.is_generator());
  else
    write_header(o.out, loaded);
}

}  // namespace

void add_export(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  Options& o = *options;
  CLI::App* command = app.add_subcommand("export", "Write a trained network for other programs");
  command->add_option("--checkpoint", o.checkpoint, "checkpoint.safetensors of a run, or a state dict from PyTorch")
      ->required();
  command->add_option("--format", o.format, "safetensors (PyTorch's state dict), onnx, or header (a C++ file)")
      ->required();
  command->add_option("--out", o.out, "File to write")->required();
  command->add_option("--network", o.network, "generator or discriminator")->capture_default_str();
  command->add_flag("--raw", o.raw, "Take the generator as it was trained, not the averaged one");
  command->callback([options] { export_network(*options); });
}

}  // namespace wisp::apps
