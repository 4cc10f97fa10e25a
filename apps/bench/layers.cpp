#include <fmt/core.h>

#include <apps/bench/commands.h>
#include <apps/bench/convolutions.h>
#include <apps/bench/measure.h>
#include <apps/bench/options.h>
#include <apps/bench/peak.h>
#include <wisp/core/rng.h>
#include <wisp/core/tensor.h>
#include <wisp/kernels/gemm_implementations.h>
#include <wisp/kernels/registry.h>

namespace wisp::apps {
namespace {

using Json = nlohmann::ordered_json;
using kernels::Conv2dMap;

// `count` random numbers.
class Operand {
 public:
  Operand(std::int64_t count, DType dtype) {
    Rng rng(1);
    tensor_ = Tensor::randn({count}, rng).to(dtype);
  }
  void* data() {
    return visit_floating_dtype("bench layers", tensor_.dtype(),
                                [&]<class T>(T) -> void* { return tensor_.mutable_data<T>(); });
  }

 private:
  Tensor tensor_;
};

// The product of matrices that the convolution is after im2col, with results of the convolution's own dtype.
kernels::GemmProblem gemm_of(const kernels::Conv2dProblem& p, DType result) {
  const kernels::Conv2dGeometry& g = p.geometry;
  const std::int64_t pixels = g.batch * g.height.output * g.width.output, filters = g.filters;
  const std::int64_t taps = g.height.kernel * g.width.kernel * g.channels;
  switch (p.map) {
    case Conv2dMap::conv2d: return {pixels, filters, taps, taps, false, taps, true, filters, p.dtype, result};
    case Conv2dMap::grad_input: return {pixels, taps, filters, filters, false, taps, false, taps, p.dtype, result};
    case Conv2dMap::grad_weight: break;
  }
  return {filters, taps, pixels, filters, true, taps, false, taps, p.dtype, result};
}

double time_gemm(const kernels::GemmProblem& p, double seconds) {
  Operand a(p.m * p.k, p.operand), b(p.k * p.n, p.operand), c(p.m * p.n, p.result);
  const kernels::GemmImplementation& chosen = kernels::choose(p);
  return time_calls([&] { chosen.run(p, a.data(), b.data(), c.data()); }, seconds).median;
}

// The measurements of one convolution; adds its time in a step, and that of its matrix product, to `step`.
void measure_convolution(const StepConvolution& c, std::optional<double> peak, double seconds, Json& rows, Json& step) {
  const kernels::Conv2dGeometry& g = c.problem.geometry;
  const auto add_row = [&](const char* implementation, bool chosen, double time) {
    const double gflops = g.flops() / time * 1e-9;
    rows.push_back({{"layer", c.layer},
                    {"pass", c.pass},
                    {"kernel", g.height.kernel},
                    {"stride", g.height.stride},
                    {"calls", c.calls},
                    {"implementation", implementation},
                    {"chosen", chosen},
                    {"ms", time * 1e3},
                    {"gflops", gflops},
                    {"share_of_peak", share_of(gflops, peak)}});
  };
  const bool weight = c.problem.map == Conv2dMap::grad_weight, forward = c.problem.map == Conv2dMap::conv2d;
  const DType result_dtype = weight ? DType::f32 : c.problem.dtype;
  Operand first(forward || weight ? g.input_numel() : g.output_numel(), c.problem.dtype);
  Operand second(weight ? g.output_numel() : g.weight_numel(), c.problem.dtype);
  Operand result(weight ? g.weight_numel() : (forward ? g.output_numel() : g.input_numel()), result_dtype);
  const kernels::Conv2dImplementation& chosen = kernels::choose(c.problem);
  for (const kernels::Conv2dImplementation& candidate : kernels::conv2d_implementations()) {
    if (!candidate.supports(c.problem)) continue;
    const double time =
        time_calls([&] { candidate.run(c.problem, first.data(), second.data(), result.data()); }, seconds).median;
    add_row(candidate.name, candidate.run == chosen.run, time);
    if (candidate.run == chosen.run)
      step["convolutions_ms"] = step["convolutions_ms"].get<double>() + c.calls * time * 1e3;
  }
  const double time = time_gemm(gemm_of(c.problem, result_dtype), seconds);
  add_row("bare gemm", false, time);
  step["gemms_ms"] = step["gemms_ms"].get<double>() + c.calls * time * 1e3;
}

Json measure_precision(const BenchOptions& options, DType dtype) {
  const std::optional<double> peak = peak_gflops(dtype, 5 * options.seconds);
  Json rows = Json::array(), step = {{"convolutions_ms", 0.0}, {"gemms_ms", 0.0}};
  const models::DcganOptions model = options.recipe().model;
  for (const StepConvolution& c : step_convolutions(model, options.batch, dtype))
    measure_convolution(c, peak, options.seconds, rows, step);
  step["ratio"] = step["convolutions_ms"].get<double>() / step["gemms_ms"].get<double>();
  step["gflops"] = step_flops(model, options.batch) / step["convolutions_ms"].get<double>() * 1e-6;
  step["share_of_peak"] = share_of(step["gflops"], peak);
  return {{"precision", name_of(dtype)}, {"peak_gflops", or_null(peak)}, {"rows", rows}, {"step", step}};
}

Json measure(const BenchOptions& options) {
  apply(options);
  Json report = network_report(options);
  report["batch"] = options.batch;
  report["precisions"] = Json::array();
  const std::string& precision = options.compute.precision;
  if (precision != "bf16") report["precisions"].push_back(measure_precision(options, DType::f32));
  if (precision == "bf16" || (precision == "auto" && kernels::has_fast_bf16()))
    report["precisions"].push_back(measure_precision(options, DType::bf16));
  return report;
}

std::string table(const Json& report) {
  std::string text = fmt::format("{}, {} threads, batch {}; * marks what runs\n", report["cpu"].get<std::string>(),
                                 report["threads"].get<int>(), report["batch"].get<int>());
  for (const Json& part : report["precisions"]) {
    text += fmt::format("\n{:<40} {:<15}   {:<18} {:>9} {:>9} {:>8}\n", part["precision"].get<std::string>(), "pass",
                        "implementation", "ms", "GFLOP/s", "of peak");
    for (const Json& row : part["rows"])
      text += fmt::format("{:<40} {:<15} {} {:<18} {:>9.3f} {:>9.1f} {:>8}\n", row["layer"].get<std::string>(),
                          row["pass"].get<std::string>(), row["chosen"].get<bool>() ? '*' : ' ',
                          row["implementation"].get<std::string>(), row["ms"].get<double>(),
                          row["gflops"].get<double>(), percent(row["share_of_peak"]));
    const Json& step = part["step"];
    text +=
        fmt::format("a training step: convolutions {:.2f} ms, their bare matrix products {:.2f} ms, ratio {:.2f}\n",
                    step["convolutions_ms"].get<double>(), step["gemms_ms"].get<double>(), step["ratio"].get<double>());
  }
  text.pop_back();
  return text;
}

}  // namespace

void add_layers(CLI::App& app) {
  const auto o = std::make_shared<BenchOptions>();
  o->seconds = 0.2;
  CLI::App* command = app.add_subcommand("layers", "Each convolution of the DCGAN, in every implementation");
  add_model_options(*command, *o);
  add_batch_option(*command, *o);
  add_compute_options(*command, o->compute);
  add_algorithm_option(*command, *o);
  command->get_option("--precision")->description("auto, f32 or bf16; auto is f32, and bf16 where the CPU has it");
  add_seconds_option(*command, *o);
  add_report_options(*command, *o);
  command->callback([o] { print_report(measure(*o), o->json, table); });
}

}  // namespace wisp::apps
