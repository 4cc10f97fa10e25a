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

// Whether both axes can be cut into tiles: ceil(kernel / stride) = 2, dilation 1, more than one output; one group; and
// the matrices of one image take 32 MiB at most, so that all work space stays below 64.
bool is_possible(const Conv2dProblem& problem) {
  const Conv2dGeometry& g = problem.geometry;
  return g.groups == 1 && g.input_numel() > 0 && g.output_numel() > 0 && is_supported(g.height) &&
         is_supported(g.width) && image_bytes(g) <= std::int64_t{32} << 20;
}

// Measured on Zen 4 (AVX-512, two cores) with the layers of the 28 x 28 and 64 x 64 DCGANs, `bench layers`. It loses
// where a panel of channels is mostly empty, where few channels share the cost of a transform (but in bf16 nothing else
// is fast at gradients of weights), and where the transformed weights are multiplied by few tiles. With phases of one
// tap there are fewer multiplications to save.
bool is_worth(const Conv2dProblem& problem) {
  const Conv2dGeometry& g = problem.geometry;
  const std::int64_t enough = problem.dtype == DType::bf16 && problem.map == Conv2dMap::grad_weight ? 32 : 64;
  return g.channels >= enough && g.filters >= enough && g.batch >= 8 &&
         ((has_two_taps(g.height) && has_two_taps(g.width)) || problem.map == Conv2dMap::grad_weight ||
          (problem.map == Conv2dMap::grad_input && problem.dtype == DType::bf16));
}

void run(const Conv2dProblem& problem, const void* first, const void* second, void* result) {
  switch (problem.map) {
    case Conv2dMap::conv2d: return conv2d(problem, first, second, result);
    case Conv2dMap::grad_input: return conv2d_grad_input(problem, first, second, result);
    case Conv2dMap::grad_weight: return conv2d_grad_weight(problem, first, second, result);
  }
}

}  // namespace

const Conv2dImplementation conv2d_implementation = {"winograd",  Backend::native, ConvAlgorithm::winograd,
                                                    is_possible, is_worth,        run};

}  // namespace wisp::kernels::winograd
