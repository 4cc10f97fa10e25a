#include <algorithm>
#include <cmath>
#include <memory>

#include <apps/common/compute_options.h>
#include <apps/common/outputs.h>
#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/commands/generator_options.h>
#include <apps/dcgan/draw.h>
#include <apps/dcgan/network_file.h>
#include <models/latent.h>
#include <wisp/core/rng.h>
#include <wisp/io/gif.h>
#include <wisp/io/picture_name.h>
#include <wisp/ops/autocast.h>
#include <wisp/ops/slice.h>
#include <wisp/ops/upsample.h>

namespace wisp::apps {
namespace {

struct Options {
  std::string checkpoint, out, gif, mode = "slerp";
  std::int64_t rows = 8, steps = 10, seed = 1;
  std::optional<std::int64_t> label = {};
  bool raw = false;
  ComputeOptions compute = {};
};

void check_options(const Options& o) {
  constexpr std::int64_t most_rows = 1000, most_images = 10'000;
  check(!o.checkpoint.empty() && !(o.out.empty() && o.gif.empty()),
        "interpolate: --checkpoint and --out or --gif must name files, given \"{}\", \"{}\" and \"{}\"", o.checkpoint,
        o.out, o.gif);
  check_picture_name("interpolate: --out", o.out, ".png");
  check_picture_name("interpolate: --gif", o.gif, ".gif");
  check_outputs("interpolate", {{"--out", o.out}, {"--gif", o.gif}}, {{"--checkpoint", o.checkpoint}});
  check(1 <= o.rows && o.rows <= most_rows, "interpolate: --rows must be between 1 and {}, given {}", most_rows,
        o.rows);
  check(1 <= o.steps && o.steps <= most_images / o.rows,
        "interpolate: --steps must be between 1 and {} for {} rows, given {}", most_images / o.rows, o.rows, o.steps);
  check(o.seed >= 0, "interpolate: --seed must be at least 0, given {}", o.seed);
}

std::optional<std::int64_t> class_of_row(std::int64_t row, const models::DcganOptions& options,
                                         std::optional<std::int64_t> label) {
  return label || options.classes == 0 ? label : row % options.classes;
}

// Every pixel as scale x scale equal ones: (H, W, C) -> (scale H, scale W, C).
Tensor enlarged(const Tensor& image, std::int64_t scale) {
  const std::int64_t height = image.dim(0), width = image.dim(1), channels = image.dim(2);
  const Tensor pixels = image.reshape({1, height, width, channels}).permute({0, 3, 1, 2}).to(DType::f32);
  const Tensor large = upsample_nearest2d(pixels, scale).to(DType::u8);
  return large.permute({0, 2, 3, 1}).reshape({scale * height, scale * width, channels});
}

// Of images (rows steps, C, H, W): frame t shows image t of every row, large enough to be looked at.
Tensors frames(const Tensor& images, std::int64_t rows, std::int64_t steps) {
  constexpr std::int64_t wanted_size = 96;
  const std::int64_t channels = images.dim(1), height = images.dim(2), width = images.dim(3);
  const Tensor walks = images.reshape({rows, steps, channels, height, width});
  const auto columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(rows))));
  Tensors there_and_back;
  for (std::int64_t t = 0; t < steps; ++t) {
    const Tensor now = walks.narrow(1, t, 1).reshape({rows, channels, height, width});
    there_and_back.push_back(
        enlarged(make_grid(now, {.nrow = columns}), std::max<std::int64_t>(1, wanted_size / width)));
  }
  for (std::int64_t t = steps - 2; t > 0; --t) there_and_back.push_back(there_and_back[static_cast<std::size_t>(t)]);
  return there_and_back;
}

// Counted from 0, walk i goes from image 2i of `dcgan sample` with the same seed to its image 2i + 1, both of the same
// class where there are classes.
void interpolate(const Options& options) {
  check_options(options);
  const models::Interpolation mode = models::interpolation_of(options.mode);
  const Autocast autocast(apply_compute_options(options.compute));
  LoadedNetwork generator = load_generator(options.checkpoint, options.raw);
  Rng rng(static_cast<std::uint64_t>(options.seed));
  // Neighbours are the ends of a walk.
  const std::int64_t latent = generator.options.latent;
  const Tensor ends = Tensor::randn({options.rows, 2, latent}, rng);
  const auto end = [&](std::int64_t i) { return ends.narrow(1, i, 1).reshape({options.rows, latent, 1, 1}); };
  const Tensor walks = models::interpolate(end(0), end(1), options.steps, mode);
  Tensors inputs;
  for (std::int64_t row = 0; row < options.rows; ++row)
    inputs.push_back(generator_input(walks.narrow(0, row * options.steps, options.steps), generator.options,
                                     class_of_row(row, generator.options, options.label)));
  const Tensor images = draw(generator.network, cat(inputs));
  if (!options.out.empty()) save_image(images, options.out, {.nrow = static_cast<int>(options.steps)});
  if (!options.gif.empty()) write_gif(options.gif, frames(images, options.rows, options.steps));
}

}  // namespace

void add_interpolate(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  Options& o = *options;
  CLI::App* command = app.add_subcommand("interpolate", "Walk from one noise vector to another, and draw the way");
  add_generator(*command, o.checkpoint, o.raw);
  command->add_option("--rows", o.rows, "Number of walks")->capture_default_str();
  command->add_option("--steps", o.steps, "Images of a walk, its ends included")->capture_default_str();
  command->add_option("--mode", o.mode, "The way: slerp (the great circle) or linear")->capture_default_str();
  add_noise(*command, o.seed, o.label, "that of the row");
  const CLI::Option* out =
      command->add_option("--out", o.out, "PNG grid to write, a walk a row (walk.png unless --gif is given)");
  const CLI::Option* gif = command->add_option("--gif", o.gif, "GIF animation to write, there and back for ever");
  add_compute_options(*command, o.compute);
  command->callback([options, out, gif] {
    if (out->count() == 0 && gif->count() == 0) options->out = "walk.png";
    interpolate(*options);
  });
}

}  // namespace wisp::apps
