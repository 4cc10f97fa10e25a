#include <memory>
#include <string>

#include <apps/common/compute_options.h>
#include <apps/common/standard_streams.h>
#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/report/report.h>

namespace wisp::apps {

void add_report(CLI::App& app) {
  const auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand("report", "Show a run, or compare runs, on a page");
  command->add_option("runs", options->runs, "Folders that `dcgan train` has made")->required();
  command->add_option("--out", options->out,
                      "The page (default: report.html in the run's folder, or comparison.html beside the first run's)");
  command->callback([options] {
    check_compute_environment();
    const std::string page = report(*options);
    if (!is_standard_output(page)) print_output("{}\n", page);
  });
}

}  // namespace wisp::apps
