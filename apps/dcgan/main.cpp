// dcgan: trains a DCGAN and draws with it. See `dcgan --help`.
#include <apps/common/compute_options.h>
#include <apps/common/run_command_line.h>
#include <apps/dcgan/export.h>
#include <apps/dcgan/sample.h>
#include <apps/dcgan/train.h>
#include <wisp/core/parallel.h>
#include <wisp/core/version.h>

namespace {

using namespace wisp::apps;

void add_train(CLI::App& app, TrainOptions& o, ComputeOptions& compute, int& threads, int& exit_code) {
  CLI::App* command = app.add_subcommand("train", "Train a generator and a discriminator on a folder of images");
  o.data = WISP_DEFAULT_DATA;
  o.out = "runs/dcgan";
  command->add_option("--data", o.data, "Folder of IDX files, gzipped or not")->capture_default_str();
  command->add_option("--out", o.out, "Folder for the run's files")->capture_default_str();
  command->add_option("--epochs", o.epochs, "Train for N epochs (5 when neither steps nor minutes are given)");
  command->add_option("--steps", o.steps, "Train for N steps");
  command->add_option("--minutes", o.minutes, "Train for M minutes");
  command->add_option("--batch", o.batch, "Images per step")->capture_default_str();
  command->add_option("--lr", o.lr, "Learning rate of Adam")->capture_default_str();
  command->add_option("--beta1", o.beta1, "First momentum of Adam")->capture_default_str();
  command->add_option("--latent", o.model.latent, "Length of the noise vector")->capture_default_str();
  command->add_option("--base-channels", o.model.base_channels, "Channels of the layer next to the image")
      ->capture_default_str();
  command->add_option("--image-size", o.model.image_size, "28, 32, 64 or 128")->capture_default_str();
  command->add_option("--seed", o.seed, "Seed of weights, noise and order")->capture_default_str();
  command->add_option("--threads", threads, "Number of threads")->capture_default_str()->check(CLI::Range(1, 1024));
  command->add_option("--sample-every", o.sample_every, "Epochs between sample grids")->capture_default_str();
  add_compute_options(*command, compute);
  command->add_flag("--quiet", o.quiet, "No progress on stderr");
  command->callback([&] {
    o.bf16 = apply_compute_options(compute);
    wisp::set_num_threads(threads);
    exit_code = train(o);
  });
}

void add_sample(CLI::App& app, SampleOptions& o, ComputeOptions& compute, int& exit_code) {
  CLI::App* command = app.add_subcommand("sample", "Draw images with a trained generator");
  command
      ->add_option("--checkpoint", o.checkpoint,
                   "checkpoint.safetensors of a run, or a generator's state dict from PyTorch")
      ->required();
  command->add_flag("--raw", o.raw, "Take the generator as it was trained, not the averaged one");
  command->add_option("--count", o.count, "Number of images")->capture_default_str();
  command->add_option("--seed", o.seed, "Seed of the noise")->capture_default_str();
  const CLI::Option* out = command->add_option("--out", o.out, "PNG grid to write (grid.png unless --idx is given)");
  const CLI::Option* idx = command->add_option("--idx", o.idx, "IDX file to write, gzipped when it ends in .gz");
  add_compute_options(*command, compute);
  command->callback([&, out, idx] {
    if (out->count() == 0 && idx->count() == 0) o.out = "grid.png";
    o.bf16 = apply_compute_options(compute);
    sample(o);
    exit_code = 0;
  });
}

void add_export(CLI::App& app, ExportOptions& o, int& exit_code) {
  CLI::App* command = app.add_subcommand("export", "Write a trained network for other programs");
  command->add_option("--checkpoint", o.checkpoint, "checkpoint.safetensors of a run, or a state dict from PyTorch")
      ->required();
  command->add_option("--format", o.format, "safetensors (PyTorch's state dict), onnx, or header (a C++ file)")
      ->required();
  command->add_option("--out", o.out, "File to write")->required();
  command->add_option("--network", o.network, "generator or discriminator")->capture_default_str();
  command->add_flag("--raw", o.raw, "Take the generator as it was trained, not the averaged one");
  command->callback([&] {
    export_network(o);
    exit_code = 0;
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Wisp's DCGAN: noise goes in, images come out", "dcgan");
  app.set_version_flag("--version", wisp::version());
  app.require_subcommand(1);
  app.option_defaults()->take_last();  // an option given again replaces the first
  TrainOptions train_options;
  SampleOptions sample_options;
  ExportOptions export_options;
  ComputeOptions train_compute, sample_compute;
  int threads = wisp::num_threads(), exit_code = 0;
  add_train(app, train_options, train_compute, threads, exit_code);
  add_sample(app, sample_options, sample_compute, exit_code);
  add_export(app, export_options, exit_code);
  return run_command_line(app, argc, argv, exit_code);
}
