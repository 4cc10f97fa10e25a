#include <apps/bench/options.h>

#include <fmt/args.h>

#include <apps/common/machine.h>
#include <apps/common/standard_streams.h>
#include <wisp/core/error.h>
#include <wisp/kernels/backend.h>
#include <wisp/kernels/conv_algorithm.h>

namespace wisp::apps {

Recipe BenchOptions::recipe() const {
  Recipe recipe = recipe_named(model);
  recipe.model.image_size = image_size;
  recipe.model.channels = image_size == 64 ? 3 : 1;
  return recipe;
}

void add_network_options(CLI::App& command, BenchOptions& options, bool batch) {
  command.add_option("--model", options.model, "The recipe whose networks are measured")
      ->capture_default_str()
      ->check(CLI::IsMember(recipe_names()));
  command.add_option("--image-size", options.image_size, "28 (grey) or 64 (colour)")
      ->capture_default_str()
      ->check(CLI::IsMember({28, 64}));
  if (batch)
    command.add_option("--batch", options.batch, "Images in a batch")
        ->capture_default_str()
        ->check(CLI::Range(2, 4096));
  add_compute_options(command, options.compute);
  command.add_option("--algorithm", options.algorithm,
                     fmt::format("How convolutions are computed: {}; instead of WISP_CONV", conv_algorithm_names()));
}

void add_report_options(CLI::App& command, BenchOptions& options, bool repeats) {
  if (repeats)
    command.add_option("--seconds", options.seconds, "How long to repeat each measurement")->capture_default_str();
  command.add_option("--threads", options.threads, "Number of threads")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command.add_flag("--json", options.json, "Print one JSON object");
}

bool apply(const BenchOptions& options) {
  check(0.001 <= options.seconds && options.seconds <= 3600, "--seconds must be between 0.001 and 3600, given {}",
        options.seconds);
  set_num_threads(options.threads);
  if (!options.algorithm.empty()) set_conv_algorithm(conv_algorithm_of(options.algorithm));
  return apply_compute_options(options.compute);
}

Json machine_report() { return {{"cpu", cpu_name()}, {"threads", num_threads()}}; }

Json network_report(const BenchOptions& options, std::optional<bool> bf16) {
  Json report = machine_report();
  report["backend"] = name_of(backend());
  report["algorithm"] = name_of(conv_algorithm());
  report["model"] = options.model;
  report["image_size"] = options.image_size;
  if (bf16) report["precision"] = precision_name(*bf16);
  return report;
}

const char* precision_name(bool bf16) { return bf16 ? "bf16" : "f32"; }

Json or_null(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }

Json share_of(double gflops, std::optional<double> peak) {
  return or_null(peak ? std::optional(gflops / *peak) : std::nullopt);
}

std::string filled_in(std::string_view text, const Json& report) {
  fmt::dynamic_format_arg_store<fmt::format_context> members;
  for (const auto& [name, value] : report.items()) {
    const auto add = [&, key = name.c_str()](const auto& shown) { members.push_back(fmt::arg(key, shown)); };
    if (name == "share_of_peak")
      add(value.is_null() ? std::string("-") : fmt::format("{:.1f} %", 100 * value.get<double>()));
    else if (value.is_boolean())
      add(value.get<bool>() ? '*' : ' ');
    else if (value.is_string())
      add(value.get<std::string>());
    else if (value.is_number_integer())
      add(value.get<std::int64_t>());
    else if (value.is_number())
      add(value.get<double>());
  }
  return fmt::vformat(text, members);
}

void print_report(const BenchOptions& options, const Json& report, const std::string& text) {
  print_output("{}\n", options.json ? report.dump() : text);
}

}  // namespace wisp::apps
