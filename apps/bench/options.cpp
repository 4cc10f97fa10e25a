#include <apps/bench/options.h>

#include <fmt/core.h>

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

void add_report_options(CLI::App& command, BenchOptions& options) {
  command.add_option("--threads", options.threads, "Number of threads")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command.add_flag("--json", options.json, "Print one JSON object");
}

void add_seconds_option(CLI::App& command, BenchOptions& options) {
  command.add_option("--seconds", options.seconds, "How long to repeat each measurement")->capture_default_str();
}

void add_model_options(CLI::App& command, BenchOptions& options) {
  command.add_option("--model", options.model, "The recipe whose networks are measured")
      ->capture_default_str()
      ->check(CLI::IsMember(recipe_names()));
  command.add_option("--image-size", options.image_size, "28 (grey) or 64 (colour)")
      ->capture_default_str()
      ->check(CLI::IsMember({28, 64}));
}

void add_algorithm_option(CLI::App& command, BenchOptions& options) {
  command.add_option("--algorithm", options.algorithm,
                     fmt::format("How convolutions are computed: {}; instead of WISP_CONV", conv_algorithm_names()));
}

void add_batch_option(CLI::App& command, BenchOptions& options) {
  command.add_option("--batch", options.batch, "Images in a batch")->capture_default_str()->check(CLI::Range(2, 4096));
}

bool apply(const BenchOptions& options) {
  check(0.001 <= options.seconds && options.seconds <= 3600, "--seconds must be between 0.001 and 3600, given {}",
        options.seconds);
  set_num_threads(options.threads);
  if (!options.algorithm.empty()) set_conv_algorithm(conv_algorithm_of(options.algorithm));
  return apply_compute_options(options.compute);
}

nlohmann::ordered_json machine_report() { return {{"cpu", cpu_name()}, {"threads", num_threads()}}; }

nlohmann::ordered_json network_report(const BenchOptions& options) {
  nlohmann::ordered_json report = machine_report();
  report["backend"] = name_of(backend());
  report["algorithm"] = name_of(conv_algorithm());
  report["model"] = options.model;
  report["image_size"] = options.image_size;
  return report;
}

nlohmann::ordered_json network_report(const BenchOptions& options, bool bf16) {
  nlohmann::ordered_json report = network_report(options);
  report["precision"] = bf16 ? "bf16" : "f32";
  return report;
}

nlohmann::ordered_json or_null(std::optional<double> value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json share_of(double gflops, std::optional<double> peak) {
  return or_null(peak ? std::optional(gflops / *peak) : std::nullopt);
}

std::string percent(const nlohmann::ordered_json& share) {
  return share.is_null() ? "-" : fmt::format("{:.1f} %", 100 * share.get<double>());
}

void print_report(const nlohmann::ordered_json& report, bool json,
                  std::string (*table)(const nlohmann::ordered_json&)) {
  print_output("{}\n", json ? report.dump() : table(report));
}

}  // namespace wisp::apps
