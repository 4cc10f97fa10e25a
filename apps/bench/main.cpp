// bench: how fast the kernels and a training step are. See `bench --help`.
#include <apps/bench/commands.h>
#include <apps/common/run_command_line.h>
#include <wisp/core/version.h>

int main(int argc, char** argv) {
  using namespace wisp::apps;
  CLI::App app("Measures Wisp's speed on this machine", "bench");
  app.set_version_flag("--version", wisp::version());
  app.require_subcommand(1);
  app.option_defaults()->take_last();  // an option given again replaces the first
  for (const auto add : {add_gemm, add_layers, add_step, add_sample, add_startup}) add(app);
  return run_command_line(app, argc, argv, 0);
}
