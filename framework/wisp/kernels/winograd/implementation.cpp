#include <wisp/kernels/winograd/implementation.h>

#include <wisp/kernels/winograd/conv2d.h>
#include <wisp/kernels/winograd/tiles.h>

namespace wisp::kernels::winograd {

namespace {

// Bytes of the matrices of one image, in f64.
std::int64_t image_bytes(const Conv2dGeometry& g) {
  const Plan plan(g);
  const std::int64_t channels = plan.phases() * round_up(g.channels, Lanes<float>::width);
  return 8 * plan.products_per_image() * (channels + round_up(g.filters, Lanes<float>::width));
}

// Measured on Zen 4 (AVX-512, two cores) with the layers of the 28 x 28 and 64 x 64 DCGANs, `bench layers`. It loses
// where a panel of channels is mostly empty, where few channels share the cost of a transform (but in bf16 nothing else
// is fast at gradients of weights), and where the transformed weights are multiplied by few tiles. With phases of one
// tap there are fewer multiplications to save.
bool is_worth(const Conv2dProblem& problem) {
  const Conv2dGeometry& g = problem.geometry;
  const std::int64_t enough = problem.dtype == DType::bf16 && problem.map == Conv2dMap::grad_weight ? 32 : 64;
  const bool two_taps_everywhere = g.height.kernel == 2 * g.height.stride && g.width.kernel == 2 * g.width.stride;
  return g.channels >= enough && g.filters >= enough && g.batch >= 8 &&
         (two_taps_everywhere || problem.map == Conv2dMap::grad_weight ||
          (problem.map == Conv2dMap::grad_input && problem.dtype == DType::bf16));
}

template <class T>
void run(const Conv2dProblem& problem, const void* first, const void* second, void* result) {
  const T *a = static_cast<const T*>(first), *b = static_cast<const T*>(second);
  switch (problem.map) {
    case Conv2dMap::conv2d: return winograd::conv2d(problem.geometry, a, b, static_cast<T*>(result));
    case Conv2dMap::grad_input: return winograd::conv2d_grad_input(problem.geometry, a, b, static_cast<T*>(result));
    case Conv2dMap::grad_weight:
      return winograd::conv2d_grad_weight(problem.geometry, a, b, static_cast<compute_t<T>*>(result));
  }
}

}  // namespace

bool is_supported(const Conv2dGeometry& g) {
  return g.groups == 1 && g.input_numel() > 0 && g.output_numel() > 0 && is_supported(g.height) &&
         is_supported(g.width) && image_bytes(g) <= std::int64_t{32} << 20;
}

const Conv2dImplementation conv2d_implementation = {
    "winograd",
    Backend::native,
    ConvAlgorithm::winograd,
    [](const Conv2dProblem& problem) { return is_supported(problem.geometry); },
    is_worth,
    [](const Conv2dProblem& problem, const void* first, const void* second, void* result) {
      visit_floating_dtype("winograd", problem.dtype, [&]<class T>(T) { run<T>(problem, first, second, result); });
    }};

}  // namespace wisp::kernels::winograd
