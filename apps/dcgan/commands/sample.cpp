#include <memory>

#include <apps/common/compute_options.h>
#include <apps/common/outputs.h>
#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/commands/generator_options.h>
#include <apps/dcgan/draw.h>
#include <apps/dcgan/network_file.h>
#include <wisp/data/idx.h>
#include <wisp/io/picture_name.h>
#include <wisp/ops/autocast.h>

namespace wisp::apps {
namespace {

struct Options {
  std::string checkpoint, out, idx;
  std::int64_t count = 64, seed = 1;
  std::optional<std::int64_t> label = {};
  bool raw = false;
  ComputeOptions compute = {};
};

void check_options(const Options& o) {
  constexpr std::int64_t most_images = 1'000'000, most_in_grid = 10'000;
  check(!o.checkpoint.empty() && !(o.out.empty() && o.idx.empty()),
        "sample: --checkpoint and --out or --idx must name files, given \"{}\", \"{}\" and \"{}\"", o.checkpoint, o.out,
        o.idx);
  check_picture_name("sample: --out", o.out, ".png");
  check_outputs("sample", {{"--out", o.out}, {"--idx", o.idx}}, {{"--checkpoint", o.checkpoint}});
  const std::int64_t most = o.out.empty() ? most_images : most_in_grid;
  check(1 <= o.count && o.count <= most, "sample: --count must be between 1 and {}{}, given {}", most,
        o.out.empty() ? "" : " for a grid", o.count);
  check(o.seed >= 0, "sample: --seed must be at least 0, given {}", o.seed);
}

// The same checkpoint, count and seed give the same bytes.
void sample(const Options& o) {
  check_options(o);
  const Autocast autocast(apply_compute_options(o.compute));
  LoadedNetwork generator = load_generator(o.checkpoint, o.raw);
  const models::DcganOptions& model = generator.options;
  const Tensor images = draw(generator.network, model, o.count, static_cast<std::uint64_t>(o.seed), o.label);
  if (!o.out.empty()) save_image(images, o.out, sample_grid(o.count, model, o.label));
  if (o.idx.empty()) return;
  // Grey images are N x H x W, colour ones N x C x H x W.
  const Shape& shape = images.shape();
  write_idx(o.idx, shape[1] == 1 ? images.reshape({shape[0], shape[2], shape[3]}) : images);
}

}  // namespace

void add_sample(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  Options& o = *options;
  CLI::App* command = app.add_subcommand("sample", "Draw images with a trained generator");
  add_generator(*command, o.checkpoint, o.raw);
  command->add_option("--count", o.count, "Number of images")->capture_default_str();
  add_noise(*command, o.seed, o.label, "all in turns");
  const CLI::Option* out = command->add_option("--out", o.out, "PNG grid to write (grid.png unless --idx is given)");
  const CLI::Option* idx = command->add_option("--idx", o.idx, "IDX file to write, gzipped when it ends in .gz");
  add_compute_options(*command, o.compute);
  command->callback([options, out, idx] {
    if (out->count() == 0 && idx->count() == 0) options->out = "grid.png";
    sample(*options);
  });
}

}  // namespace wisp::apps
