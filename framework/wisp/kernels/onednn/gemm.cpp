#include <wisp/kernels/onednn/gemm.h>

#include <algorithm>

#include <omp.h>

#include <wisp/kernels/onednn/matmul.h>
#include <wisp/kernels/onednn/primitive.h>

namespace wisp::kernels::onednn {

namespace {

// oneDNN 3 misreads the row stride of a matrix with a single row or column, so that such a matrix must be dense.
bool is_clear(std::int64_t rows, std::int64_t columns, std::int64_t stride, bool transposed) {
  return std::min(rows, columns) > 1 || stride == (transposed ? rows : columns);
}

bool is_supported(const GemmProblem& p) {
  return supports(p.operand) && !omp_in_parallel() && is_clear(p.m, p.k, p.a_stride, p.a_transposed) &&
         is_clear(p.k, p.n, p.b_stride, p.b_transposed) && is_clear(p.m, p.n, p.c_stride, false);
}

}  // namespace

const GemmImplementation gemm_implementation = {
    "onednn", Backend::onednn, is_supported, [](const GemmProblem&) { return true; },
    [](const GemmProblem& p, const void* a, const void* b, void* c) { matmul(p, a, b, c); }};

}  // namespace wisp::kernels::onednn
