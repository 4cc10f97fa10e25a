// tconv: what a transposed convolution computes, in numbers, pages and pictures. See `tconv --help`.
#include <apps/common/run_command_line.h>
#include <apps/tconv/autoencode/command.h>
#include <apps/tconv/explain/command.h>
#include <apps/tconv/explain/presets.h>
#include <apps/tconv/shape.h>
#include <apps/tconv/upsample/command.h>
#include <wisp/core/version.h>

int main(int argc, char** argv) {
  CLI::App app("Transposed convolution: its sizes, what it computes, and where checkerboards come from", "tconv");
  app.set_version_flag("--version", wisp::version());
  app.require_subcommand(1);
  app.option_defaults()->take_last();  // an option given again replaces the first
  wisp::apps::add_shape(app);
  wisp::apps::add_explain(app);
  wisp::apps::add_presets(app);
  wisp::apps::add_upsample(app);
  wisp::apps::add_autoencode(app);
  const int exit_code = 0;
  return wisp::apps::run_command_line(app, argc, argv, exit_code);
}
