#include <wisp/kernels/native/implementations.h>

#include <wisp/core/allocator.h>
#include <wisp/kernels/elementwise.h>
#include <wisp/kernels/native/conv2d.h>
#include <wisp/kernels/native/gemm.h>

namespace wisp::kernels::native {
namespace {

template <class T>
void run_conv2d(const Conv2dProblem& problem, const void* first, const void* second, void* result) {
  conv2d(problem, static_cast<const T*>(first), static_cast<const T*>(second), static_cast<T*>(result));
}

template <class T>
void run_gemm(const GemmProblem& p, const void* a, const void* b, void* c) {
  gemm<T>(p.m, p.n, p.k, {static_cast<const T*>(a), p.a_stride, p.a_transposed},
          {static_cast<const T*>(b), p.b_stride, p.b_transposed}, static_cast<T*>(c), p.c_stride);
}

// A bfloat16 array as float.
class Widened {
 public:
  Widened(const void* values, std::int64_t count) : floats_(count) {
    map(count, static_cast<const bfloat16*>(values), floats_.data(), [](float v) { return v; });
  }
  const float* data() { return floats_.data(); }

 private:
  Scratch<float> floats_;
};

void round(const float* from, std::int64_t count, bfloat16* to) {
  map(count, from, to, [](float v) { return v; });
}

void run_bf16(const Conv2dProblem& problem, const void* first, const void* second, void* result) {
  const Conv2dGeometry& g = problem.geometry;
  const std::int64_t x = g.input_numel(), w = g.weight_numel(), y = g.output_numel();
  if (problem.map == Conv2dMap::grad_weight) {
    Widened a(first, x), b(second, y);
    return run_conv2d<float>(problem, a.data(), b.data(), result);
  }
  const bool forward = problem.map == Conv2dMap::conv2d;
  Widened a(first, forward ? x : y), b(second, w);
  Scratch<float> sums(forward ? y : x);
  run_conv2d<float>(problem, a.data(), b.data(), sums.data());
  round(sums.data(), forward ? y : x, static_cast<bfloat16*>(result));
}

// Elements from the first to the last of a matrix.
std::int64_t span_of(std::int64_t rows, std::int64_t columns, std::int64_t stride, bool transposed) {
  if (transposed) std::swap(rows, columns);
  return rows == 0 || columns == 0 ? 0 : (rows - 1) * stride + columns;
}

void run_bf16(const GemmProblem& p, const void* first, const void* second, void* result) {
  Widened a(first, span_of(p.m, p.k, p.a_stride, p.a_transposed)),
      b(second, span_of(p.k, p.n, p.b_stride, p.b_transposed));
  if (p.result == DType::f32) return run_gemm<float>(p, a.data(), b.data(), result);
  Scratch<float> sums(p.m * p.n);
  GemmProblem dense = p;
  dense.c_stride = p.n;
  run_gemm<float>(dense, a.data(), b.data(), sums.data());
  for (std::int64_t i = 0; i < p.m; ++i)
    round(sums.data() + i * p.n, p.n, static_cast<bfloat16*>(result) + i * p.c_stride);
}

constexpr auto always = [](const auto&) { return true; };

}  // namespace

const Conv2dImplementation conv2d_implementation = {
    "native",
    Backend::native,
    ConvAlgorithm::im2col,
    always,
    always,
    [](const Conv2dProblem& problem, const void* first, const void* second, void* result) {
      if (problem.dtype == DType::bf16) return run_bf16(problem, first, second, result);
      visit_compute_dtype("conv2d", problem.dtype, [&]<class T>(T) { run_conv2d<T>(problem, first, second, result); });
    }};

const GemmImplementation gemm_implementation = {
    "native", Backend::native, always, always, [](const GemmProblem& problem, const void* a, const void* b, void* c) {
      if (problem.operand == DType::bf16) return run_bf16(problem, a, b, c);
      visit_compute_dtype("matmul", problem.operand, [&]<class T>(T) { run_gemm<T>(problem, a, b, c); });
    }};

}  // namespace wisp::kernels::native
