#include <wisp/core/error.h>
#include <wisp/kernels/conv2d_implementations.h>
#include <wisp/kernels/gemm_implementations.h>
#include <wisp/kernels/profile.h>

namespace wisp::kernels {
namespace {

std::string axis_text(const Conv2dAxis& a) {
  return fmt::format("{}->{} k{} s{} p{} d{}", a.input, a.output, a.kernel, a.stride, a.padding, a.dilation);
}

std::string describe(const Conv2dProblem& p) {
  const Conv2dGeometry& g = p.geometry;
  return fmt::format("{} {} batch {} channels {} filters {} groups {} height {} width {}", name_of(p.map),
                     name_of(p.dtype), g.batch, g.channels, g.filters, g.groups, axis_text(g.height),
                     axis_text(g.width));
}

std::string describe(const GemmProblem& p) {
  return fmt::format("matmul {} {} x {} x {}", name_of(p.operand), p.m, p.n, p.k);
}

// The first implementation that is allowed, supports the problem and is worth it; where none is worth it, the first
// that is allowed and supports the problem; else null.
template <class Implementation, class Problem, class Allowed>
const Implementation* first_of(std::span<const Implementation> list, const Problem& problem, const Allowed& allowed) {
  for (const bool only_worth : {true, false})
    for (const Implementation& candidate : list)
      if (allowed(candidate) && (!only_worth || candidate.is_worth(problem)) && candidate.supports(problem))
        return &candidate;
  return nullptr;
}

const auto is_of_backend_in_force = [](const auto& implementation) {
  const Backend forced = backend();
  return forced == Backend::automatic || implementation.backend == forced;
};

template <class Implementation, class Problem>
const Implementation& first_of_backend(std::span<const Implementation> list, const Problem& problem) {
  if (const Implementation* found = first_of(list, problem, is_of_backend_in_force)) return *found;
  throw Error(fmt::format("{}: the backend {} cannot do that; valid are {}", describe(problem), name_of(backend()),
                          backend_names()));
}

double flops(const Conv2dProblem& p) { return p.geometry.flops(); }
double flops(const GemmProblem& p) {
  return 2.0 * static_cast<double>(p.m) * static_cast<double>(p.n) * static_cast<double>(p.k);
}

const char* kind_of(const Conv2dProblem& p) { return name_of(p.map); }
const char* kind_of(const GemmProblem&) { return "matmul"; }

template <class Problem>
void run(const Problem& problem, const void* first, const void* second, void* result) {
  const auto& chosen = choose(problem);
  const KernelTimer timer(kind_of(problem), [&] {
    return KernelCall{.implementation = chosen.name, .description = describe(problem), .flops = flops(problem)};
  });
  chosen.run(problem, first, second, result);
}

}  // namespace

const char* name_of(Conv2dMap map) {
  constexpr const char* names[] = {"conv2d", "conv2d_grad_input", "conv2d_grad_weight"};
  return names[static_cast<int>(map)];
}

const Conv2dImplementation& choose(const Conv2dProblem& problem) {
  const ConvAlgorithm forced = conv_algorithm();
  const auto is_of_algorithm = [&](const Conv2dImplementation& implementation) {
    return implementation.algorithm == forced && is_of_backend_in_force(implementation);
  };
  if (forced != ConvAlgorithm::automatic)
    if (const auto* found = first_of(conv2d_implementations(), problem, is_of_algorithm)) return *found;
  return first_of_backend(conv2d_implementations(), problem);
}

const GemmImplementation& choose(const GemmProblem& problem) {
  return first_of_backend(gemm_implementations(), problem);
}

void compute(const Conv2dProblem& problem, const void* first, const void* second, void* result) {
  run(problem, first, second, result);
}

void compute(const GemmProblem& problem, const void* a, const void* b, void* c) { run(problem, a, b, c); }

}  // namespace wisp::kernels
