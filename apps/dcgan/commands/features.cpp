#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>

#include <apps/common/compute_options.h>
#include <apps/common/decimal.h>
#include <apps/common/images.h>
#include <apps/common/output_folder.h>
#include <apps/common/standard_streams.h>
#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/commands/generator_options.h>
#include <apps/dcgan/draw.h>
#include <apps/dcgan/features/page.h>
#include <apps/dcgan/network_file.h>
#include <wisp/core/rng.h>
#include <wisp/core/text.h>
#include <wisp/data/data_loader.h>
#include <wisp/io/image.h>
#include <wisp/io/png.h>

namespace wisp::apps {
namespace {

struct Options {
  std::string checkpoint, out, data;
  std::string image;  // a file, or the number of a test image; "": what the generator has drawn, or test image 0
  std::int64_t seed = 1;
  std::optional<std::int64_t> label = {};
  bool transpose = false, raw = false;
};

// What load(path) gives, or nothing and the reason in `problem`.
template <class Load>
auto load_if_there(const Load& load, std::string& problem) -> std::optional<decltype(load())> {
  try {
    return load();
  } catch (const IoError& error) {
    problem = error.what();
    return std::nullopt;
  }
}

NetworkFeatures features_of(const char* name, const char* input_kind, nn::Sequential& network, const Tensor& input) {
  NetworkFeatures result{name, {{"", input_kind, "", input}}};
  for (LayerFeatures& layer : layer_features(network, input)) result.layers.push_back(std::move(layer));
  return result;
}

NetworkFeatures generator_features(LoadedNetwork& generator, const Options& o) {
  Rng rng(static_cast<std::uint64_t>(o.seed));
  const Tensor noise = Tensor::randn({1, generator.options.latent, 1, 1}, rng);
  return features_of("generator", "noise", generator.network, generator_input(noise, generator.options, o.label));
}

// u8 (1, C, H, W).
Tensor test_image(const Options& o, const std::string& number, std::int64_t size) {
  const Tensor images = load_images(o.data, Split::test, size, o.transpose).images;
  const std::int64_t index = decimal<std::int64_t>(number).value_or(-1);
  check(0 <= index && index < images.dim(0), "features: --image must be between 0 and {} in {}, given {}",
        images.dim(0) - 1, o.data, number);
  return images.narrow(0, index, 1);
}

// The square in the middle of the file's picture, u8 (1, C, H, H).
Tensor picture(const std::string& path) {
  const Tensor image = read_image(path);
  const std::int64_t height = image.dim(1), width = image.dim(2), side = std::min(height, width);
  return image.narrow(1, (height - side) / 2, side)
      .narrow(2, (width - side) / 2, side)
      .reshape({1, image.dim(0), side, side});
}

NetworkFeatures discriminator_features(LoadedNetwork& discriminator, const Tensor& image) {
  const models::DcganOptions& options = discriminator.options;
  check(image.dim(1) == options.channels,
        "features: the discriminator takes images of {} channel(s), --image has {} (1 is grey, 3 is colour)",
        options.channels, image.dim(1));
  DataLoader loader({image}, {.batch_size = 1, .image_size = static_cast<int>(options.image_size)});
  return features_of("discriminator", "image", discriminator.network, loader.batch(0, 0).images);
}

void print(const NetworkFeatures& features) {
  print_output("{}\n", features.name);
  for (std::size_t i = 1; i < features.layers.size(); ++i) {
    const Shape& shape = features.layers[i].output.shape();
    print_output("  {:>4} x {:>3} x {:>3}  {}\n", shape[1], shape[2], shape[3], features.layers[i].name);
  }
}

void show_features(const Options& o) {
  check(!o.checkpoint.empty() && !o.out.empty(),
        "features: --checkpoint must name a file and --out a folder, given \"{}\" and \"{}\"", o.checkpoint, o.out);
  check(o.seed >= 0, "features: --seed must be at least 0, given {}", o.seed);
  FeaturesReport report;
  auto generator = load_if_there([&] { return load_generator(o.checkpoint, o.raw); }, report.no_generator);
  auto discriminator = load_if_there([&] { return load_discriminator(o.checkpoint); }, report.no_discriminator);
  if (!generator && !discriminator) {
    if (report.no_generator == report.no_discriminator) load_generator(o.checkpoint, o.raw);  // throws it again
    throw IoError(
        o.checkpoint, 0,
        fmt::format("no generator ({}) and no discriminator ({})", report.no_generator, report.no_discriminator));
  }
  check(discriminator || o.image.empty(), "features: --image {} is for the discriminator, of which there is none: {}",
        o.image, report.no_discriminator);

  report.classes = generator ? generator->options.classes : discriminator->options.classes;
  if (generator) report.networks.push_back(generator_features(*generator, o));
  if (discriminator) {
    const bool drawn = o.image.empty() && generator;
    const std::string chosen = o.image.empty() ? "0" : o.image;
    const bool is_number = std::all_of(chosen.begin(), chosen.end(), [](unsigned char c) { return std::isdigit(c); });
    report.image = drawn ? "what the generator has drawn" : is_number ? "test image " + chosen : printable(chosen);
    const Tensor image = drawn       ? to_u8(report.networks[0].layers.back().output)
                         : is_number ? test_image(o, chosen, discriminator->options.image_size)
                                     : picture(chosen);
    report.networks.push_back(discriminator_features(*discriminator, image));
  }
  const std::vector<std::string> files = features_files(report);
  const OutputFolder folder("features", o.out, files, {{"--checkpoint", o.checkpoint}, {"--image", o.image}});
  write_features_page(o.out, report);
  for (const NetworkFeatures& features : report.networks) print(features);
  for (const std::string& problem : {report.no_generator, report.no_discriminator})
    if (!problem.empty()) print_output("not shown: {}\n", printable(problem));
  print_output("{}/index.html\n", o.out);
}

}  // namespace

void add_features(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  Options& o = *options;
  CLI::App* command = app.add_subcommand("features", "Show what every layer makes of one noise vector and one image");
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
  add_images(*command, o.data, o.transpose, "Folder of IDX files, of CIFAR-10's or of pictures; or shapes");
  command->callback([options] {
    check_compute_environment();
    show_features(*options);
  });
}

}  // namespace wisp::apps
