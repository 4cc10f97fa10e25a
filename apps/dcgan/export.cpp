#include <apps/dcgan/export.h>

#include <apps/common/metadata.h>
#include <apps/common/outputs.h>
#include <apps/dcgan/export_header.h>
#include <apps/dcgan/network_file.h>
#include <wisp/exchange/onnx_export.h>
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

void write_onnx(const std::string& path, LoadedNetwork& loaded, bool is_generator) {
  const models::DcganOptions& o = loaded.options;
  const Shape noise{1, o.inputs(), 1, 1}, image{1, o.channels, o.image_size, o.image_size};
  save_onnx(path, loaded.network, {Tensor::ones(is_generator ? noise : image)},
            {.input_names = {is_generator ? "z" : "image"},
             .output_names = {is_generator ? "image" : "logits"},
             .graph_name = is_generator ? "generator" : "discriminator"});
}

}  // namespace

void export_network(const ExportOptions& options) {
  check_options(options);
  const bool is_generator = options.network == "generator";
  LoadedNetwork loaded =
      is_generator ? load_generator(options.checkpoint, options.raw) : load_discriminator(options.checkpoint);
  if (options.format == "safetensors")
    write_safetensors(options.out, {loaded.network.state_dict(), metadata_of(loaded.options)});
  else if (options.format == "onnx")
    write_onnx(options.out, loaded, is_generator);
  else
    write_header(options.out, loaded);
}

}  // namespace wisp::apps
