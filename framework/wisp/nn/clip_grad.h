// Gradient norms, and gradients clipped to one.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp::nn {

/// The 2-norm of all gradients of the parameters together, added up in f64; 0 where there are none. PyTorch's
/// get_total_norm. Throws Error when a parameter is given twice (PyTorch counts it twice).
double grad_norm(const Tensors& parameters);

/// Scales the gradients in place by min(1, max_norm / (norm + 1e-6)) and returns the norm they had. A norm that is not
/// finite leaves them alone. Source: Pascanu et al., "On the difficulty of training recurrent neural networks",
/// arXiv 1211.5063, algorithm 1. Throws Error unless max_norm is above 0, and when a parameter is given twice (PyTorch
/// scales it twice).
double clip_grad_norm_(const Tensors& parameters, double max_norm);

}  // namespace wisp::nn
