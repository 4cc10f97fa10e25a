// The options that bench's commands share, and how a command reports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <apps/common/compute_options.h>
#include <apps/dcgan/recipe.h>
#include <wisp/core/parallel.h>

namespace wisp::apps {

using Json = nlohmann::ordered_json;

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

/// Adds --model and --image-size, --batch where batches are of any size, --precision, --backend and --algorithm.
void add_network_options(CLI::App& command, BenchOptions& options, bool batch = true);

/// Adds --seconds, with the default that `options` has, where measurements are repeated; --threads and --json.
void add_report_options(CLI::App& command, BenchOptions& options, bool repeats = true);

/// Puts threads, backend and algorithm in force; whether to compute in bf16. Throws Error when --seconds is not between
/// 0.001 and 3600, and as apply_compute_options does.
bool apply(const BenchOptions& options);

/// {"cpu": ..., "threads": ...}: where every report begins.
Json machine_report();

/// The same with the backend, algorithm, model and image size of a network's measurement, and its precision where it
/// has one.
Json network_report(const BenchOptions& options, std::optional<bool> bf16 = {});

/// "bf16" or "f32".
const char* precision_name(bool bf16);

/// The number, or null where there is none.
Json or_null(std::optional<double> value);

/// gflops / peak, or null where there is no peak.
Json share_of(double gflops, std::optional<double> peak);

/// The text with the report's members in the places that it names, "{threads} threads, {ms:.2f} ms": "share_of_peak" as
/// "12.3 %" or, where it is null, "-"; true as "*" and false as a space.
std::string filled_in(std::string_view text, const Json& report);

/// Prints the report: as one JSON object where --json was given, else the text.
void print_report(const BenchOptions& options, const Json& report, const std::string& text);

}  // namespace wisp::apps
