#include <chrono>

#include <fmt/core.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apps/bench/commands.h>
#include <apps/bench/measure.h>
#include <apps/bench/training_step.h>
#include <wisp/core/error.h>

namespace wisp::apps {
namespace {

struct Run {
  double seconds;
  double peak_mb;
};

// Runs this program with the arguments, from before it starts to its end.
Run run_self(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "bench");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  check(posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, pointers.data(), environ) == 0,
        "startup: the program cannot start itself");
  int status = 0;
  rusage usage{};
  check(wait4(child, &status, 0, &usage) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0,
        "startup: the training step failed");
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          static_cast<double>(usage.ru_maxrss) * 1024e-6};
}

void measure(const BenchOptions& options, int runs) {
  const bool bf16 = apply(options);
  Json report = network_report(options, bf16);
  const std::vector<std::string> arguments{"first-step",
                                           "--precision=" + report["precision"].get<std::string>(),
                                           "--backend=" + report["backend"].get<std::string>(),
                                           "--algorithm=" + report["algorithm"].get<std::string>(),
                                           fmt::format("--threads={}", options.threads),
                                           "--model=" + options.model,
                                           fmt::format("--image-size={}", options.image_size),
                                           fmt::format("--batch={}", options.batch)};
  std::vector<double> seconds, memory;
  for (int i = 0; i < runs; ++i) {
    const Run run = run_self(arguments);
    seconds.push_back(run.seconds);
    memory.push_back(run.peak_mb);
  }
  report["batch"] = options.batch;
  report["runs"] = runs;
  report["first_step_ms"] = median(seconds) * 1e3;
  report["peak_rss_mb"] = median(memory);
  print_report(options, report,
               filled_in("first training step, {image_size} x {image_size}, batch {batch}, {precision}, {threads} "
                         "threads: finished {first_step_ms:.0f} ms after the start, {peak_rss_mb:.0f} MB peak memory "
                         "(medians of {runs} runs)",
                         report));
}

}  // namespace

void add_startup(CLI::App& app) {
  struct Options : BenchOptions {
    int runs = 5;
  };
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("startup", "From the start of the program to the end of the first step");
  // What `startup` runs: builds the networks, makes one step and ends.
  CLI::App* first_step = app.add_subcommand("first-step")->group("");
  for (CLI::App* each : {command, first_step}) {
    add_network_options(*each, *o);
    add_report_options(*each, *o, false);
  }
  command->add_option("--runs", o->runs, "Number of processes")->capture_default_str()->check(CLI::Range(1, 1000));
  command->callback([o] { measure(*o, o->runs); });
  first_step->callback([o] { TrainingStep(*o, apply(*o)).run(); });
}

}  // namespace wisp::apps
