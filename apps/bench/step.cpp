#include <chrono>
#include <map>

#include <fmt/core.h>

#include <apps/bench/commands.h>
#include <apps/bench/convolutions.h>
#include <apps/bench/measure.h>
#include <apps/bench/peak.h>
#include <apps/bench/training_step.h>
#include <apps/common/machine.h>
#include <wisp/kernels/profile.h>

namespace wisp::apps {
namespace {

// The milliseconds of a step by kind of kernel, most first, and "other". Kernels are observed in steps of their own for
// about `seconds`; their shares of those are applied to `ms`, the time of a step that nobody observes.
Json breakdown(TrainingStep& training, double seconds, double ms) {
  std::map<std::string, double> kinds;
  kernels::set_kernel_observer([&](const kernels::KernelCall& call) { kinds[call.kind] += call.seconds; });
  const auto start = std::chrono::steady_clock::now();
  double total = 0;
  do {
    training.run();
    total = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  } while (total < seconds);
  kernels::set_kernel_observer({});
  std::vector<std::pair<double, std::string>> parts;
  double other = total;
  for (const auto& [kind, time] : kinds) {
    parts.emplace_back(time, kind);
    other -= time;
  }
  std::sort(parts.rbegin(), parts.rend());
  parts.emplace_back(other, "other");
  Json result = Json::object();
  for (const auto& [time, kind] : parts) result[kind] = time / total * ms;
  return result;
}

void measure(const BenchOptions& options) {
  const bool bf16 = apply(options);
  TrainingStep training(options, bf16);
  const double median = time_calls([&] { training.run(); }, options.seconds).median;
  Json report = network_report(options, bf16);
  report["batch"] = options.batch;
  report["images_per_second"] = static_cast<double>(options.batch) / median;
  report["ms"] = median * 1e3;
  report["peak_rss_mb"] = static_cast<double>(peak_resident_bytes()) * 1e-6;
  // Only now: these need memory of their own.
  const double gflops = step_flops(options.recipe().model, options.batch) / median * 1e-9;
  const std::optional<double> peak = peak_gflops(bf16 ? DType::bf16 : DType::f32, options.seconds / 2);
  report["gflops"] = gflops;
  report["peak_gflops"] = or_null(peak);
  report["share_of_peak"] = share_of(gflops, peak);
  report["breakdown"] = breakdown(training, options.seconds / 4, median * 1e3);
  std::string text = filled_in(
      "training step, {image_size} x {image_size}, batch {batch}, {precision}, {threads} threads, backend {backend}, "
      "convolution {algorithm}\n{images_per_second:.1f} images/s, {ms:.2f} ms, convolutions at {share_of_peak} of the "
      "measured peak, {peak_rss_mb:.0f} MB peak memory",
      report);
  for (const auto& [kind, part] : report["breakdown"].items())
    text += fmt::format("\n  {:<22} {:>9.2f} ms {:>6.1f} %", kind, part.get<double>(),
                        100 * part.get<double>() / (median * 1e3));
  print_report(options, report, text);
}

}  // namespace

void add_step(CLI::App& app) {
  const auto o = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand("step", "A DCGAN training step, and where its time goes");
  add_network_options(*command, *o);
  add_report_options(*command, *o);
  command->callback([o] { measure(*o); });
}

}  // namespace wisp::apps
