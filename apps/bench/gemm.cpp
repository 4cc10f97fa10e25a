#include <cmath>

#include <apps/bench/commands.h>
#include <apps/bench/measure.h>
#include <apps/bench/options.h>
#include <apps/bench/peak.h>
#include <wisp/core/rng.h>
#include <wisp/core/tensor.h>
#include <wisp/kernels/gemm.h>

namespace wisp::apps {
namespace {

template <class T>
Timing time_gemm(std::int64_t n, double seconds) {
  Rng rng(1);
  const Tensor a = Tensor::randn({n, n}, rng).to(dtype_of<T>), b = Tensor::randn({n, n}, rng).to(dtype_of<T>);
  Tensor c = Tensor::empty({n, n}, dtype_of<T>);
  return time_calls(
      [&] {
        kernels::gemm<T>(n, n, n, {a.data<T>(), n}, {b.data<T>(), n}, c.mutable_data<T>(), n);
      },
      seconds);
}

void measure(const BenchOptions& options, std::int64_t size) {
  const bool bf16 = apply(options);
  const Timing timing = bf16 ? time_gemm<bfloat16>(size, options.seconds) : time_gemm<float>(size, options.seconds);
  const double gflops = 2.0 * std::pow(static_cast<double>(size), 3) / timing.median * 1e-9;
  const std::optional<double> peak = peak_gflops(bf16 ? DType::bf16 : DType::f32, options.seconds);
  Json report = machine_report();
  report["precision"] = precision_name(bf16);
  report["size"] = size;
  report["ms"] = timing.median * 1e3;
  report["gflops"] = gflops;
  report["peak_gflops"] = or_null(peak);
  report["share_of_peak"] = share_of(gflops, peak);
  print_report(options, report,
               filled_in("gemm {size} x {size} x {size}, {precision}, {threads} threads: {ms:.3f} ms, {gflops:.1f} "
                         "GFLOP/s, {share_of_peak} of the measured peak",
                         report));
}

}  // namespace

void add_gemm(CLI::App& app) {
  struct Options : BenchOptions {
    std::int64_t size = 1024;
  };
  const auto o = std::make_shared<Options>();
  o->compute.precision = "f32";
  o->seconds = 0.5;
  CLI::App* command = app.add_subcommand("gemm", "Square matrix multiplication, as a share of the machine's peak");
  command->add_option("--size", o->size, "Rows and columns")->capture_default_str()->check(CLI::Range(1, 16384));
  add_compute_options(*command, o->compute);
  add_report_options(*command, *o);
  command->callback([o] { measure(*o, o->size); });
}

}  // namespace wisp::apps
