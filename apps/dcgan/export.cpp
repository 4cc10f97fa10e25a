#include <apps/dcgan/export.h>

#include <apps/common/metadata.h>
#include <apps/common/outputs.h>
#include <apps/dcgan/export_header.h>
#include <apps/dcgan/export_onnx.h>
#include <apps/dcgan/network_file.h>
#include <wisp/io/safetensors.h>

namespace wisp::apps {
namespace {

void check_options(const ExportOptions& o) {
  check(!o.checkpoint.empty() && !o.out.empty(),
        "export: --checkpoint and --out must name files, given \"{}\" and \"{}\"", o.checkpoint, o.out);
  check(o.format == "safetensors" || o.format == "onnx" || o.format == "header",
        "export: --format must be safetensors, onnx or header, given {}", o.format);
  check(o.network == "generator" || o.network == "discriminator",
        "export: --network must be generator or discriminator, given {}", o.network);
  check(o.format != "header" || o.network == "generator",
        "export: --format header holds a generator, given --network {}", o.network);
  check(!o.raw || o.network == "generator", "export: --raw chooses between generators, given with --network {}",
        o.network);
  check_outputs("export", {{"--out", o.out}}, {{"--checkpoint", o.checkpoint}});
}

// What the tensors' shapes do not tell: how many of a generator's inputs are those of a label.
Metadata metadata_of(const models::DcganOptions& options) {
  if (options.classes == 0) return {};
  return {{"classes", fmt::to_string(options.classes)}};
}

// Writes a loaded network; state is its state dict.
template <class Network>
void write(const ExportOptions& options, const Network& network, const nn::StateDict& state) {
  if (options.format == "safetensors")
    write_safetensors(options.out, {state, metadata_of(network.options)});
  else if (options.format == "onnx")
    write_onnx(options.out, fold(network));
  else
    write_header(options.out, fold(network));
}

}  // namespace

void export_network(const ExportOptions& options) {
  check_options(options);
  if (options.network == "generator") {
    const LoadedGenerator generator = load_generator(options.checkpoint, options.raw);
    write(options, generator, generator.network.state_dict());
  } else {
    const LoadedDiscriminator discriminator = load_discriminator(options.checkpoint);
    write(options, discriminator, discriminator.state);
  }
}

}  // namespace wisp::apps
