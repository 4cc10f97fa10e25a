#include <memory>

#include <apps/common/compute_options.h>
#include <apps/common/output_folder.h>
#include <apps/common/standard_streams.h>
#include <apps/tconv/commands.h>
#include <apps/tconv/upsample/page.h>
#include <wisp/io/image.h>

namespace wisp::apps {
namespace {

struct Command {
  std::string image;
  std::string out;
  UpsampleOptions options;
};

void upsample(const Command& o) {
  check(!o.image.empty() && !o.out.empty(), "--image must name a file and --out a folder, given \"{}\" and \"{}\"",
        o.image, o.out);
  check_options(o.options);
  const Tensor image = read_image(o.image);
  const Tensor picture = image.reshape({image.dim(0), 1, image.dim(1), image.dim(2)});
  check_size(picture, o.options.scale);
  const OutputFolder folder("upsample", o.out, upsample_files(), {{"--image", o.image}});
  const UpsampleComparison comparison = compare_upsampling(picture, o.options);
  const std::string path = write_upsample_page(o.out, comparison);
  print_output("{:<40} {:>9} {:>12}\n", "method", "PSNR (dB)", "MSE");
  for (const UpsampleMethod& method : comparison.methods)
    print_output("{:<40} {:>9.2f} {:>12.3e}\n", method.label, method.psnr(), method.error);
  print_output("{}\n", path);
}

}  // namespace

void add_upsample(CLI::App& app) {
  CLI::App* command = app.add_subcommand("upsample", "Enlarge a picture in five ways and measure what each gets wrong");
  const auto o = std::make_shared<Command>();
  command->add_option("--image", o->image, "PNG, JPEG or BMP file")->required();
  command->add_option("--scale", o->options.scale, "How many times larger, 2 to 8")->capture_default_str();
  command->add_option("--steps", o->options.steps, "Steps of training the transposed convolution")
      ->capture_default_str();
  command->add_option("--seed", o->options.seed, "Seed of the pieces it is trained on")->capture_default_str();
  command->add_option("--out", o->out, "Folder for index.html and the pictures")->required();
  command->callback([o] {
    check_compute_environment();
    upsample(*o);
  });
}

}  // namespace wisp::apps
