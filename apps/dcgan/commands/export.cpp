#include <memory>

#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/export.h>

namespace wisp::apps {

void add_export(CLI::App& app) {
  const auto options = std::make_shared<ExportOptions>();
  ExportOptions& o = *options;
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
