// The options that bench's commands share, and how a command reports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <apps/common/compute_options.h>
#include <apps/dcgan/recipe.h>
#include <wisp/core/parallel.h>

namespace wisp::apps {

struct BenchOptions {
  ComputeOptions compute;
  std::string algorithm = "";  ///< of convolution; empty: that of the environment
  int threads = num_threads();
  std::string model = "classic";  ///< see recipe_names()
  std::int64_t image_size = 28;
  std::int64_t batch = 64;
  double seconds = 2;  ///< per measurement
  bool json = false;

  /// The recipe with images of this size: 28 x 28 in grey, 64 x 64 in colour.
  Recipe recipe() const;
};

/// Adds --threads and --json.
void add_report_options(CLI::App& command, BenchOptions& options);

/// Adds --seconds with the default that `options` has.
void add_seconds_option(CLI::App& command, BenchOptions& options);

/// Adds --model and --image-size.
void add_model_options(CLI::App& command, BenchOptions& options);

/// Adds --algorithm.
void add_algorithm_option(CLI::App& command, BenchOptions& options);

/// Adds --batch.
void add_batch_option(CLI::App& command, BenchOptions& options);

/// Puts threads, backend and algorithm in force; whether to compute in bf16. Throws Error when --seconds is not between
/// 0.001 and 3600, and as apply_compute_options does.
bool apply(const BenchOptions& options);

/// {"cpu": ..., "threads": ...}: where every report begins.
nlohmann::ordered_json machine_report();

/// The same with the backend, algorithm, model and image size of a network's measurement, and its precision where it
/// has one.
nlohmann::ordered_json network_report(const BenchOptions& options);
nlohmann::ordered_json network_report(const BenchOptions& options, bool bf16);

/// The number, or null where there is none.
nlohmann::ordered_json or_null(std::optional<double> value);

/// gflops / peak, or null where there is no peak.
nlohmann::ordered_json share_of(double gflops, std::optional<double> peak);

/// "12.3 %" of a share, "-" of null.
std::string percent(const nlohmann::ordered_json& share);

/// Prints the report: as one JSON object, or as `table` makes it readable.
void print_report(const nlohmann::ordered_json& report, bool json, std::string (*table)(const nlohmann::ordered_json&));

}  // namespace wisp::apps
