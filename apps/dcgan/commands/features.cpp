#include <memory>

#include <apps/common/compute_options.h>
#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/commands/generator_options.h>
#include <apps/dcgan/features/features.h>

namespace wisp::apps {

void add_features(CLI::App& app) {
  const auto options = std::make_shared<FeaturesOptions>();
  FeaturesOptions& o = *options;
  CLI::App* command = app.add_subcommand("features", "Show what every layer makes of one noise vector and one image");
  o.data = WISP_DEFAULT_DATA;
  command
      ->add_option("--checkpoint", o.checkpoint,
                   "checkpoint.safetensors of a run, or the state dict of one network from PyTorch")
      ->required();
  command->add_flag("--raw", o.raw, "Take the generator as it was trained, not the averaged one");
  command->add_option("--out", o.out, "Folder for the page and its pictures")->required();
  add_noise(*command, o.seed, o.label, "0");
  command->add_option("--image", o.image,
                      "What the discriminator looks at: a PNG, JPEG or BMP file, or the number of a test image of "
                      "--data (what the generator has drawn when not given)");
  command->add_option("--data", o.data, "Folder of IDX files, of CIFAR-10's or of pictures; or shapes")
      ->capture_default_str();
  command->add_flag("--transpose", o.transpose, "Exchange rows and columns of IDX files' images: for EMNIST");
  command->callback([options] {
    check_compute_environment();
    show_features(*options);
  });
}

}  // namespace wisp::apps
