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

// The first of those allowed that supports the problem, one that is worth it before one that is not; null without any.
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

template <class T>
void conv2d(const Conv2dGeometry& g, const T* x, const T* w, T* y) {
  run(Conv2dProblem{Conv2dMap::conv2d, g, dtype_of<T>}, x, w, y);
}

template <class T>
void conv2d_grad_input(const Conv2dGeometry& g, const T* y, const T* w, T* x) {
  run(Conv2dProblem{Conv2dMap::grad_input, g, dtype_of<T>}, y, w, x);
}

template <class T>
void conv2d_grad_weight(const Conv2dGeometry& g, const T* x, const T* y, compute_t<T>* w) {
  run(Conv2dProblem{Conv2dMap::grad_weight, g, dtype_of<T>}, x, y, w);
}

template <class T, class R>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<T>& a, const Matrix<T>& b, R* c,
          std::int64_t c_stride) {
  run(GemmProblem{m, n, k, a.stride, a.transposed, b.stride, b.transposed, c_stride, dtype_of<T>, dtype_of<R>}, a.data,
      b.data, c);
}

template void conv2d(const Conv2dGeometry&, const float*, const float*, float*);
template void conv2d(const Conv2dGeometry&, const double*, const double*, double*);
template void conv2d(const Conv2dGeometry&, const bfloat16*, const bfloat16*, bfloat16*);
template void conv2d_grad_input(const Conv2dGeometry&, const float*, const float*, float*);
template void conv2d_grad_input(const Conv2dGeometry&, const double*, const double*, double*);
template void conv2d_grad_input(const Conv2dGeometry&, const bfloat16*, const bfloat16*, bfloat16*);
template void conv2d_grad_weight(const Conv2dGeometry&, const float*, const float*, float*);
template void conv2d_grad_weight(const Conv2dGeometry&, const double*, const double*, double*);
template void conv2d_grad_weight(const Conv2dGeometry&, const bfloat16*, const bfloat16*, float*);
template void gemm(std::int64_t, std::int64_t, std::int64_t, const Matrix<float>&, const Matrix<float>&, float*,
                   std::int64_t);
template void gemm(std::int64_t, std::int64_t, std::int64_t, const Matrix<double>&, const Matrix<double>&, double*,
                   std::int64_t);
template void gemm(std::int64_t, std::int64_t, std::int64_t, const Matrix<bfloat16>&, const Matrix<bfloat16>&,
                   bfloat16*, std::int64_t);
template void gemm(std::int64_t, std::int64_t, std::int64_t, const Matrix<bfloat16>&, const Matrix<bfloat16>&, float*,
                   std::int64_t);

}  // namespace wisp::kernels
