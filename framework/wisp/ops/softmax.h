// softmax and log_softmax along one dimension, without overflow, f32, f64 or bf16 (else Error).
#pragma once

#include <wisp/core/tensor.h>

namespace wisp {

/// e^x / sum of e^x along `dim`. Gradient: y (g - sum of g y).
Tensor softmax(const Tensor& x, int dim);
/// x - log(sum of e^x along `dim`). Gradient: g - softmax(x) sum of g.
Tensor log_softmax(const Tensor& x, int dim);

}  // namespace wisp
