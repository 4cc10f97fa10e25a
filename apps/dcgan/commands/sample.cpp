#include <memory>

#include <apps/common/compute_options.h>
#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/commands/generator_options.h>
#include <apps/dcgan/sample.h>

namespace wisp::apps {

void add_sample(CLI::App& app) {
  const auto options = std::make_shared<SampleOptions>();
  const auto compute = std::make_shared<ComputeOptions>();
  SampleOptions& o = *options;
  CLI::App* command = app.add_subcommand("sample", "Draw images with a trained generator");
  add_generator(*command, o.checkpoint, o.raw);
  command->add_option("--count", o.count, "Number of images")->capture_default_str();
  add_noise(*command, o.seed, o.label, "all in turns");
  const CLI::Option* out = command->add_option("--out", o.out, "PNG grid to write (grid.png unless --idx is given)");
  const CLI::Option* idx = command->add_option("--idx", o.idx, "IDX file to write, gzipped when it ends in .gz");
  add_compute_options(*command, *compute);
  command->callback([options, compute, out, idx] {
    if (out->count() == 0 && idx->count() == 0) options->out = "grid.png";
    options->bf16 = apply_compute_options(*compute);
    sample(*options);
  });
}

}  // namespace wisp::apps
