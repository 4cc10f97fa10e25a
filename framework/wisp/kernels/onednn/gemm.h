// gemm through oneDNN.
#pragma once

#include <wisp/kernels/gemm_implementations.h>

namespace wisp::kernels::onednn {

extern const GemmImplementation gemm_implementation;

}  // namespace wisp::kernels::onednn
