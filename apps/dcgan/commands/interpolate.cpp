#include <memory>

#include <apps/common/compute_options.h>
#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/commands/generator_options.h>
#include <apps/dcgan/interpolate.h>

namespace wisp::apps {

void add_interpolate(CLI::App& app) {
  const auto options = std::make_shared<InterpolateOptions>();
  const auto compute = std::make_shared<ComputeOptions>();
  InterpolateOptions& o = *options;
  CLI::App* command = app.add_subcommand("interpolate", "Walk from one noise vector to another, and draw the way");
  add_generator(*command, o.checkpoint, o.raw);
  command->add_option("--rows", o.rows, "Number of walks")->capture_default_str();
  command->add_option("--steps", o.steps, "Images of a walk, its ends included")->capture_default_str();
  command->add_option("--mode", o.mode, "The way: slerp (the great circle) or linear")->capture_default_str();
  add_noise(*command, o.seed, o.label, "that of the row");
  const CLI::Option* out =
      command->add_option("--out", o.out, "PNG grid to write, a walk a row (walk.png unless --gif is given)");
  const CLI::Option* gif = command->add_option("--gif", o.gif, "GIF animation to write, there and back for ever");
  add_compute_options(*command, *compute);
  command->callback([options, compute, out, gif] {
    if (out->count() == 0 && gif->count() == 0) options->out = "walk.png";
    options->bf16 = apply_compute_options(*compute);
    interpolate(*options);
  });
}

}  // namespace wisp::apps
