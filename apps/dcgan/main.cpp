// dcgan: trains a DCGAN and draws with it. See `dcgan --help`.
#include <apps/common/run_command_line.h>
#include <apps/dcgan/commands/commands.h>
#include <wisp/core/version.h>

int main(int argc, char** argv) {
  CLI::App app("Wisp's DCGAN: noise goes in, images come out", "dcgan");
  app.set_version_flag("--version", wisp::version());
  app.require_subcommand(1);
  app.option_defaults()->take_last();  // an option given again replaces the first
  int exit_code = 0;
  wisp::apps::add_train(app, exit_code);
  wisp::apps::add_sample(app);
  wisp::apps::add_interpolate(app);
  wisp::apps::add_features(app);
  wisp::apps::add_evaluate(app);
  wisp::apps::add_export(app);
  wisp::apps::add_report(app);
  wisp::apps::add_serve(app);
  return wisp::apps::run_command_line(app, argc, argv, exit_code);
}
