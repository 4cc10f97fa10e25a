#include <apps/common/compute_options.h>

#include <wisp/core/error.h>
#include <wisp/kernels/backend.h>
#include <wisp/kernels/conv_algorithm.h>
#include <wisp/kernels/registry.h>

namespace wisp::apps {

void add_compute_options(CLI::App& command, ComputeOptions& options) {
  command.add_option("--precision", options.precision, "auto, f32 or bf16; auto is bf16 where the CPU has it")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "f32", "bf16"}));
  command.add_option("--backend", options.backend,
                     "What convolves and multiplies matrices: " + backend_names() + "; instead of WISP_BACKEND");
}

void check_compute_environment() {
  backend();
  conv_algorithm();
}

bool apply_compute_options(const ComputeOptions& options) {
  if (!options.backend.empty()) set_backend(backend_of(options.backend));
  check_compute_environment();
  const bool uses_bf16 = kernels::has_fast_bf16() && backend() != Backend::native;
  return options.precision == "bf16" || (options.precision == "auto" && uses_bf16);
}

}  // namespace wisp::apps
