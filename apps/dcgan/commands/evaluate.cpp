#include <memory>

#include <apps/common/compute_options.h>
#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/evaluate/evaluate.h>

namespace wisp::apps {

void add_evaluate(CLI::App& app) {
  const auto options = std::make_shared<EvaluateOptions>();
  const auto compute = std::make_shared<ComputeOptions>();
  EvaluateOptions& o = *options;
  CLI::App* command = app.add_subcommand("evaluate", "Say in numbers how good a generator's images are");
  o.data = WISP_DEFAULT_DATA;
  o.judge = WISP_DEFAULT_JUDGE;
  CLI::Option* checkpoint = command->add_option(
      "--checkpoint", o.checkpoint, "checkpoint.safetensors of a run, or a generator's state dict from PyTorch");
  command->add_option("--samples", o.samples, "IDX file of images, gzipped or not")->excludes(checkpoint);
  command->add_option("--data", o.data, "Folder of the real images")->capture_default_str();
  command->add_flag("--transpose", o.transpose, "Exchange rows and columns of IDX files' images: for EMNIST");
  command->add_option("--judge", o.judge, "Judge for these, from `mnist train`")->capture_default_str();
  command->add_option("--split", o.split, "Compare with the test images, or with the last training ones: validation")
      ->capture_default_str();
  command->add_option("--count", o.count, "Number of images")->capture_default_str();
  command->add_option("--seed", o.seed, "Seed of the noise")->capture_default_str();
  command->add_flag("--raw", o.raw, "Take the generator as it was trained, not the averaged one");
  command->add_flag("--json", o.json, "Print JSON");
  add_compute_options(*command, *compute);
  command->callback([options, compute] {
    options->bf16 = apply_compute_options(*compute);
    evaluate(*options);
  });
}

}  // namespace wisp::apps
