// bench: how fast the kernels and a training step are. See `bench --help`.
#include <cmath>

#include <fmt/core.h>

#include <apps/bench/measure.h>
#include <apps/bench/peak.h>
#include <apps/common/machine.h>
#include <apps/common/run_command_line.h>
#include <apps/dcgan/gan_step.h>
#include <models/dcgan.h>
#include <wisp/core/parallel.h>
#include <wisp/core/version.h>
#include <wisp/kernels/backend.h>
#include <wisp/kernels/gemm.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/optim/adam.h>

namespace {

using namespace wisp;
using namespace wisp::apps;

// C = A B of square f32 matrices, against the machine's limit.
void bench_gemm(std::int64_t size) {
  Rng rng(1);
  const Tensor a = Tensor::randn({size, size}, rng), b = Tensor::randn({size, size}, rng);
  Tensor c = Tensor::empty({size, size});
  const Timing timing = time_calls([&] {
    kernels::gemm<float>(size, size, size, {a.data<float>(), size}, {b.data<float>(), size}, c.mutable_data<float>(),
                         size);
  });
  const double gflops = 2.0 * std::pow(static_cast<double>(size), 3) / timing.median * 1e-9, peak = peak_gflops();
  fmt::print(
      "gemm {0} x {0} x {0}, f32, {1} threads: {2:.3f} ms, {3:.1f} GFLOP/s, {4:.0f} % of the measured peak {5:.1f} "
      "GFLOP/s\n",
      size, num_threads(), timing.median * 1e3, gflops, 100 * gflops / peak, peak);
}

// The training step of the classic 28 x 28 networks on a batch of 64.
void bench_step() {
  constexpr std::int64_t batch = 64;
  Rng rng(1);
  const models::DcganOptions options;
  nn::Sequential generator = models::dcgan_generator(options, rng),
                 discriminator = models::dcgan_discriminator(options, rng);
  models::dcgan_init(generator, rng);
  models::dcgan_init(discriminator, rng);
  optim::Adam generator_optimizer(generator.parameters(), {.lr = 2e-4, .betas = {0.5, 0.999}});
  optim::Adam discriminator_optimizer(discriminator.parameters(), {.lr = 2e-4, .betas = {0.5, 0.999}});
  const Tensor real = Tensor::rand({batch, 1, 28, 28}, rng) * 2.0 - 1.0;
  const Gan gan{generator, discriminator, generator_optimizer, discriminator_optimizer};
  const Timing timing = time_calls(
      [&] {
        gan_step(gan, real, Tensor::randn({batch, options.latent, 1, 1}, rng));
      },
      7, 1.0);
  fmt::print("step 28 x 28, batch {}, f32, {} threads: {:.1f} ms, {:.1f} images/s, {:.0f} MB peak memory\n", batch,
             num_threads(), timing.median * 1e3, static_cast<double>(batch) / timing.median,
             static_cast<double>(peak_resident_bytes()) * 1e-6);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures Wisp's speed on this machine", "bench");
  app.set_version_flag("--version", version());
  app.require_subcommand(1);
  app.option_defaults()->take_last();  // an option given again replaces the first
  int threads = num_threads(), exit_code = 0;
  std::int64_t size = 1024;
  CLI::App* gemm = app.add_subcommand("gemm", "Square matrix multiplication, as a share of the machine's peak");
  gemm->add_option("--size", size, "Rows and columns")->capture_default_str()->check(CLI::Range(1, 16384));
  CLI::App* step = app.add_subcommand("step", "Images per second of the 28 x 28 training step");
  for (CLI::App* command : {gemm, step})
    command->add_option("--threads", threads, "Number of threads")->capture_default_str()->check(CLI::Range(1, 1024));
  const auto prepare = [&] {
    backend();  // an unknown WISP_BACKEND is reported before the work begins
    set_num_threads(threads);
  };
  gemm->callback([&] {
    prepare();
    bench_gemm(size);
  });
  step->callback([&] {
    prepare();
    bench_step();
  });
  return run_command_line(app, argc, argv, exit_code);
}
