// mnist: trains the judge that reads digits, and tests it. See `mnist --help`.
#include <apps/common/run_command_line.h>
#include <apps/mnist/commands.h>
#include <wisp/core/version.h>

int main(int argc, char** argv) {
  CLI::App app("The judge that reads digits", "mnist");
  app.set_version_flag("--version", wisp::version());
  app.require_subcommand(1);
  app.option_defaults()->take_last();  // an option given again replaces the first
  wisp::apps::add_train(app);
  wisp::apps::add_test(app);
  const int exit_code = 0;
  return wisp::apps::run_command_line(app, argc, argv, exit_code);
}
