#include <apps/dcgan/interpolate.h>

#include <algorithm>
#include <cmath>

#include <apps/common/outputs.h>
#include <apps/dcgan/draw.h>
#include <apps/dcgan/network_file.h>
#include <models/latent.h>
#include <wisp/core/rng.h>
#include <wisp/io/gif.h>
#include <wisp/io/picture_name.h>
#include <wisp/io/png.h>
#include <wisp/ops/autocast.h>
#include <wisp/ops/slice.h>
#include <wisp/ops/upsample.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t most_rows = 1000, most_images = 10'000;

void check_options(const InterpolateOptions& o) {
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

}  // namespace

void interpolate(const InterpolateOptions& options) {
  check_options(options);
  const models::Interpolation mode = models::interpolation_of(options.mode);
  const Autocast autocast(options.bf16);
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

}  // namespace wisp::apps
