// tconv: what a transposed convolution computes, in numbers, pages and pictures. See `tconv --help`.
#include <apps/common/run_command_line.h>
#include <apps/tconv/commands.h>
#include <wisp/core/version.h>

int main(int argc, char** argv) {
  using namespace wisp::apps;
  CLI::App app("Transposed convolution: its sizes, what it computes, and where checkerboards come from", "tconv");
  app.set_version_flag("--version", wisp::version());
  app.require_subcommand(1);
  app.option_defaults()->take_last();  // an option given again replaces the first
  for (const auto add : {add_shape, add_explain, add_presets, add_upsample, add_autoencode}) add(app);
  return run_command_line(app, argc, argv, 0);
}
