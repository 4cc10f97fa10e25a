#include <apps/dcgan/sample.h>

#include <apps/common/outputs.h>
#include <apps/dcgan/draw.h>
#include <apps/dcgan/network_file.h>
#include <wisp/data/idx.h>
#include <wisp/io/picture_name.h>
#include <wisp/io/png.h>
#include <wisp/ops/autocast.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t most_images = 1'000'000, most_in_grid = 10'000;

}  // namespace

void sample(const SampleOptions& options) {
  check(!options.checkpoint.empty() && !(options.out.empty() && options.idx.empty()),
        "sample: --checkpoint and --out or --idx must name files, given \"{}\", \"{}\" and \"{}\"", options.checkpoint,
        options.out, options.idx);
  check_picture_name("sample: --out", options.out, ".png");
  check_outputs("sample", {{"--out", options.out}, {"--idx", options.idx}}, {{"--checkpoint", options.checkpoint}});
  const std::int64_t most = options.out.empty() ? most_images : most_in_grid;
  check(1 <= options.count && options.count <= most, "sample: --count must be between 1 and {}{}, given {}", most,
        options.out.empty() ? "" : " for a grid", options.count);
  check(options.seed >= 0, "sample: --seed must be at least 0, given {}", options.seed);
  const Autocast autocast(options.bf16);
  LoadedNetwork generator = load_generator(options.checkpoint, options.raw);
  const models::DcganOptions& model = generator.options;
  const Tensor images =
      draw(generator.network, model, options.count, static_cast<std::uint64_t>(options.seed), options.label);
  if (!options.out.empty()) save_image(images, options.out, sample_grid(options.count, model, options.label));
  if (options.idx.empty()) return;
  // Grey images are N x H x W, colour ones N x C x H x W.
  const Shape& shape = images.shape();
  write_idx(options.idx, shape[1] == 1 ? images.reshape({shape[0], shape[2], shape[3]}) : images);
}

}  // namespace wisp::apps
