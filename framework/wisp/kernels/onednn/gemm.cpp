#include <wisp/kernels/onednn/gemm.h>

#include <omp.h>

#include <wisp/kernels/onednn/matmul.h>
#include <wisp/kernels/onednn/primitive.h>

namespace wisp::kernels::onednn {

const GemmImplementation gemm_implementation = {
    "onednn", Backend::onednn,
    [](const GemmProblem& problem) { return supports(problem.operand) && !omp_in_parallel(); },
    [](const GemmProblem&) { return true; },
    [](const GemmProblem& p, const void* a, const void* b, void* c) {
      matmul({p.m, p.n, p.k, p.a_stride, p.a_transposed, p.b_stride, p.b_transposed, p.c_stride, p.operand, p.result,
              false},
             a, b, c);
    }};

}  // namespace wisp::kernels::onednn
