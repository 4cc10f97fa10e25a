#include <memory>
#include <type_traits>

#include <apps/dcgan/commands/commands.h>
#include <apps/dcgan/run_settings.h>
#include <apps/dcgan/train.h>
#include <wisp/core/parallel.h>

namespace wisp::apps {
namespace {

// What --help calls a value of the type: numbers are then read as numbers.
template <class T>
const char* type_name() {
  if constexpr (std::is_integral_v<T>) return "INT";
  return std::is_floating_point_v<T> || std::is_same_v<T, std::optional<double>> ? "FLOAT" : "TEXT";
}

// Adds an option for a member, whose text goes to `given` when it is asked for.
template <class T>
CLI::Option* add_member(CLI::App& command, Metadata& given, const std::string& name, const T& value, const char* help) {
  return command
      .add_option_function<std::string>(
          option_of(name), [&given, name](const std::string& text) { given[name] = text; }, help)
      ->type_name(type_name<T>())
      ->default_str(text_of(value));
}

void add_settings(CLI::App& command, Metadata& given) {
  const RunSettings defaults = default_settings();
  visit_settings(defaults, [&](const char* name, const auto& value, const char* help) {
    add_member(command, given, name, value, help);
  });
}

void add_recipe(CLI::App& command, Metadata& given) {
  const Recipe defaults;
  visit_recipe(defaults, [&](const char* name, const auto& value, const char* help) {
    if (*help != '\0') add_member(command, given, name, value, help)->group("Recipe");
  });
  for (const char* follows : {"--penalty", "--norm", "--image-size"}) command.get_option(follows)->default_str("");
}

std::string names_a_folder(const std::string& text) { return text.empty() ? "must name a folder, given \"\"" : ""; }

}  // namespace

void add_train(CLI::App& app, int& exit_code) {
  struct Options {
    TrainOptions train;
    int threads = num_threads();
    std::string preview = "auto";
    bool transpose = false;
  };
  const auto options = std::make_shared<Options>();
  TrainOptions& o = options->train;
  CLI::App* command = app.add_subcommand("train", "Train a generator and a discriminator on a folder of images");
  CLI::Option* out =
      command
          ->add_option("--out", o.out, "Folder for the run's files (default: runs/dcgan, runs/dcgan-2 ..., a new one)")
          ->check(names_a_folder);
  CLI::Option* overwrite =
      command->add_flag("--overwrite", o.overwrite, "Replace the run that is in the folder of --out");
  CLI::Option* resume = command->add_option("--resume", o.resume, "Go on with the run in this folder")
                            ->excludes(out)
                            ->excludes(overwrite)
                            ->check(names_a_folder);
  command->add_option("--epochs", o.length.epochs, "Train for N epochs (5 when neither steps nor minutes are given)");
  command->add_option("--steps", o.length.steps, "Train for N steps");
  command->add_option("--minutes", o.length.minutes,
                      "Train for about M minutes: the steps that fit are planned at the start");
  command->add_option("--threads", options->threads, "Number of threads")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  add_settings(*command, o.given);
  add_compute_options(*command, o.compute);
  command->add_option("--preview", options->preview, "Show new sample grids in a terminal that can: auto or off")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "off"}));
  command->add_flag("--quiet", o.quiet, "No progress on stderr");
  command
      ->add_option("--model", o.model,
                   "The recipe that the options below change: residual, r3gan or classic (default: residual, and r3gan "
                   "from an image size of 64 on)")
      ->excludes(resume)
      ->group("Recipe");
  command->add_flag("--conditional", o.conditional, "Train with the labels, so that images of a class can be drawn")
      ->group("Recipe");
  CLI::Option* transpose =
      command->add_flag("--transpose", options->transpose, "Exchange rows and columns of IDX files' images: for EMNIST")
          ->group("Recipe");
  CLI::Option* lr = command->add_option("--lr", "Both learning rates")->group("Recipe")->type_name("FLOAT");
  add_recipe(*command, o.given);
  command->callback([options, lr, transpose, &exit_code] {
    TrainOptions& chosen = options->train;
    if (transpose->count() > 0) chosen.given["transpose"] = text_of(options->transpose);
    if (lr->count() > 0)
      for (const char* name : {"lr_g", "lr_d"}) chosen.given.emplace(name, lr->as<std::string>());
    chosen.preview = options->preview == "auto";
    set_num_threads(options->threads);
    exit_code = train(chosen);
  });
}

}  // namespace wisp::apps
