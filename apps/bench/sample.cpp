#include <apps/bench/commands.h>
#include <apps/bench/measure.h>
#include <apps/bench/options.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/core/rng.h>
#include <wisp/nn/sequential.h>
#include <wisp/ops/autocast.h>

namespace wisp::apps {
namespace {

void measure(const BenchOptions& options) {
  const bool bf16 = apply(options);
  const NoGrad guard;
  const Autocast autocast(bf16);
  Rng rng(1);
  const models::DcganOptions model = options.recipe().model;
  nn::Sequential generator = models::dcgan_generator(model, rng);
  models::dcgan_init(generator, rng);
  generator.eval();
  const auto median_seconds = [&](std::int64_t count) {
    return time_calls([&] { generator(Tensor::randn({count, model.latent, 1, 1}, rng)); }, options.seconds).median;
  };
  const double one = median_seconds(1), many = median_seconds(64);
  Json report = network_report(options, bf16);
  report["latency_1_ms"] = one * 1e3;
  report["latency_64_ms"] = many * 1e3;
  report["images_per_second_64"] = 64 / many;
  print_report(options, report,
               filled_in("sampling, {image_size} x {image_size}, {precision}, {threads} threads: 1 image in "
                         "{latency_1_ms:.3f} ms, 64 in {latency_64_ms:.3f} ms, {images_per_second_64:.0f} images/s",
                         report));
}

}  // namespace

void add_sample(CLI::App& app) {
  const auto o = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand("sample", "Drawing 1 and 64 images with the generator");
  add_network_options(*command, *o, false);
  add_report_options(*command, *o);
  command->callback([o] { measure(*o); });
}

}  // namespace wisp::apps
