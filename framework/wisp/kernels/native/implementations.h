// This library's own kernels as implementations: every geometry and dtype. bfloat16 is widened before and rounded
// after.
#pragma once

#include <wisp/kernels/conv2d_implementations.h>
#include <wisp/kernels/gemm_implementations.h>

namespace wisp::kernels::native {

extern const Conv2dImplementation conv2d_implementation;
extern const GemmImplementation gemm_implementation;

}  // namespace wisp::kernels::native
