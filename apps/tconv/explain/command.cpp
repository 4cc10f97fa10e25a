#include <memory>

#include <apps/common/output_folder.h>
#include <apps/common/standard_streams.h>
#include <apps/tconv/commands.h>
#include <apps/tconv/explain/page.h>
#include <apps/tconv/explain/presets.h>

namespace wisp::apps {
namespace {

struct Options {
  ProblemText problem;
  std::string preset;
  std::string out;
};

void explain(const Options& options) {
  check(!options.out.empty(), "--out must name a folder, given \"\"");
  const Preset* preset = options.preset.empty() ? nullptr : &find_preset(options.preset);
  const Problem problem = parse_problem(preset ? preset->problem : options.problem);
  const OutputFolder folder("explain", options.out, explanation_files());
  write_explanation(options.out, problem, preset ? preset->about : "");
  print_output("{}/index.html\n", options.out);
}

}  // namespace

void add_explain(CLI::App& app) {
  CLI::App* command = app.add_subcommand("explain", "Write a page that shows what a layer computes, in five ways");
  const auto options = std::make_shared<Options>();
  ProblemText& problem = options->problem;
  add_layer_options(*command, problem.layer);
  command->add_option("--values", problem.values, "The input's numbers, e.g. \"0 1; 2 3\"; channels between |")
      ->check(reject_empty);
  command->add_option("--weights", problem.weights, "The kernel's numbers, in the order in, out, row, column")
      ->check(reject_empty);
  command->add_option("--in-channels", problem.in_channels, "Channels of the input")->capture_default_str();
  command->add_option("--out-channels", problem.out_channels, "Channels of the output")->capture_default_str();
  CLI::Option* preset =
      command->add_option("--preset", options->preset, "A worked example; see tconv presets")->check(reject_empty);
  for (CLI::Option* option : command->get_options())
    if (option != preset && option != command->get_help_ptr()) preset->excludes(option);
  command->add_option("--out", options->out, "Folder for index.html and its pictures")->required();
  command->callback([options] { explain(*options); });
}

}  // namespace wisp::apps
