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

struct StepTime {
  double convolutions = 0;  // seconds
  double gemms = 0;         // of the matrix products that they amount to
};

// The measurements of one convolution; adds its time in a step to `step`.
void measure_convolution(const StepConvolution& c, std::optional<double> peak, double seconds, Json& rows,
                         StepTime& step) {
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
    if (candidate.run == chosen.run) step.convolutions += c.calls * time;
  }
  const double time = time_gemm(gemm_of(c.problem, result_dtype), seconds);
  add_row("bare gemm", false, time);
  step.gemms += c.calls * time;
}

Json measure_precision(const BenchOptions& options, DType dtype) {
  const std::optional<double> peak = peak_gflops(dtype, 5 * options.seconds);
  Json rows = Json::array();
  StepTime step;
  const models::DcganOptions model = options.recipe().model;
  for (const StepConvolution& c : step_convolutions(model, options.batch, dtype))
    measure_convolution(c, peak, options.seconds, rows, step);
  const double gflops = step_flops(model, options.batch) / step.convolutions * 1e-9;
  return {{"precision", name_of(dtype)},
          {"peak_gflops", or_null(peak)},
          {"rows", rows},
          {"step",
           {{"convolutions_ms", step.convolutions * 1e3},
            {"gemms_ms", step.gemms * 1e3},
            {"ratio", step.convolutions / step.gemms},
            {"gflops", gflops},
            {"share_of_peak", share_of(gflops, peak)}}}};
}

std::string table(const Json& report) {
  std::string text = filled_in("{cpu}, {threads} threads, batch {batch}; * marks what runs", report);
  for (const Json& part : report["precisions"]) {
    text += fmt::format("\n\n{:<40} {:<15}   {:<18} {:>9} {:>9} {:>8}", part["precision"].get<std::string>(), "pass",
                        "implementation", "ms", "GFLOP/s", "of peak");
    for (const Json& row : part["rows"])
      text += filled_in(
          "\n{layer:<40} {pass:<15} {chosen} {implementation:<18} {ms:>9.3f} {gflops:>9.1f} "
          "{share_of_peak:>8}",
          row);
    text += filled_in(
        "\na training step: convolutions {convolutions_ms:.2f} ms, their bare matrix products "
        "{gemms_ms:.2f} ms, ratio {ratio:.2f}",
        part["step"]);
  }
  return text;
}

void measure(const BenchOptions& options) {
  apply(options);
  Json report = network_report(options);
  report["batch"] = options.batch;
  report["precisions"] = Json::array();
  const std::string& precision = options.compute.precision;
  if (precision != "bf16") report["precisions"].push_back(measure_precision(options, DType::f32));
  if (precision == "bf16" || (precision == "auto" && kernels::has_fast_bf16()))
    report["precisions"].push_back(measure_precision(options, DType::bf16));
  print_report(options, report, table(report));
}

}  // namespace

void add_layers(CLI::App& app) {
  const auto o = std::make_shared<BenchOptions>();
  o->seconds = 0.2;
  CLI::App* command = app.add_subcommand("layers", "Each convolution of the DCGAN, in every implementation");
  add_network_options(*command, *o);
  command->get_option("--precision")->description("auto, f32 or bf16; auto is f32, and bf16 where the CPU has it");
  add_report_options(*command, *o);
  command->callback([o] { measure(*o); });
}

}  // namespace wisp::apps
