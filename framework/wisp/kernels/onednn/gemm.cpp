#include <wisp/kernels/onednn/gemm.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include <omp.h>

#include <wisp/kernels/onednn/cache.h>
#include <wisp/kernels/onednn/implementations.h>
#include <wisp/kernels/onednn/primitive.h>

namespace wisp::kernels::onednn {
namespace {

using dnnl::memory;

memory::desc layout(std::int64_t rows, std::int64_t columns, std::int64_t stride, bool transposed, DType dtype) {
  return {{rows, columns}, data_type(dtype), transposed ? memory::dims{1, stride} : memory::dims{stride, 1}};
}

Primitive make(const GemmProblem& p, bool accumulate) {
  const memory::desc a = layout(p.m, p.k, p.a_stride, p.a_transposed, p.operand),
                     b = layout(p.k, p.n, p.b_stride, p.b_transposed, p.operand),
                     c = layout(p.m, p.n, p.c_stride, false, p.result);
  dnnl::primitive_attr with = attributes();
  if (accumulate) {
    dnnl::post_ops sum;
    sum.append_sum();
    with.set_post_ops(sum);
  }
  const auto descriptor = descriptor_of<dnnl::matmul>(engine(), with, a, b, c);
  return {dnnl::matmul(descriptor), descriptor, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}}};
}

// oneDNN 3 misreads the row stride of a matrix with a single row or column, so that such a matrix must be dense.
bool is_clear(std::int64_t rows, std::int64_t columns, std::int64_t stride, bool transposed) {
  return std::min(rows, columns) > 1 || stride == (transposed ? rows : columns);
}

bool is_supported(const GemmProblem& p) {
  return supports(p.operand) && !omp_in_parallel() && is_clear(p.m, p.k, p.a_stride, p.a_transposed) &&
         is_clear(p.k, p.n, p.b_stride, p.b_transposed) && is_clear(p.m, p.n, p.c_stride, false);
}

}  // namespace

void matmul(const GemmProblem& p, const void* a, const void* b, void* c, bool accumulate) {
  if (p.m == 0 || p.n == 0) return;
  if (p.k == 0) {
    const std::size_t size = size_of(p.result);
    if (!accumulate)
      for (std::int64_t i = 0; i < p.m; ++i)
        std::memset(static_cast<std::byte*>(c) + i * p.c_stride * size, 0, p.n * size);
    return;
  }
  static thread_local Cache<std::tuple<GemmProblem, bool, int>, Primitive> cache(256);
  Primitive& primitive =
      cache.get({p, accumulate, use_num_threads()}, [&] { return with_memory([&] { return make(p, accumulate); }); });
  primitive.run({{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
}

const GemmImplementation gemm_implementation = {
    "onednn", Backend::onednn, is_supported, [](const GemmProblem&) { return true; },
    [](const GemmProblem& p, const void* a, const void* b, void* c) { matmul(p, a, b, c); }};

}  // namespace wisp::kernels::onednn
