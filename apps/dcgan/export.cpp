#include <apps/dcgan/export.h>

#include <filesystem>

#include <apps/dcgan/network_file.h>
#include <wisp/io/safetensors.h>

namespace wisp::apps {
namespace {

void check_options(const ExportOptions& o) {
  check(!o.checkpoint.empty() && !o.out.empty(),
        "export: --checkpoint and --out must name files, given \"{}\" and \"{}\"", o.checkpoint, o.out);
  check(o.format == "safetensors", "export: --format must be safetensors, onnx or header, given {}", o.format);
  check(o.network == "generator" || o.network == "discriminator",
        "export: --network must be generator or discriminator, given {}", o.network);
  check(!o.raw || o.network == "generator", "export: --raw chooses between generators, given with --network {}",
        o.network);
  std::error_code ignored;
  check(!std::filesystem::equivalent(o.checkpoint, o.out, ignored), "export: --out {} would replace --checkpoint {}",
        o.out, o.checkpoint);
}

}  // namespace

void export_network(const ExportOptions& options) {
  check_options(options);
  if (options.network == "generator")
    write_safetensors(options.out, {load_generator(options.checkpoint, options.raw).network.state_dict()});
  else
    write_safetensors(options.out, {load_discriminator(options.checkpoint).state});
}

}  // namespace wisp::apps
