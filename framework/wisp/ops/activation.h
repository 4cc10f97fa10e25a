// relu, leaky_relu, tanh, sigmoid, softplus, silu: elementwise, f32, f64 or bf16 (else Error).
#pragma once

#include <wisp/core/tensor.h>

namespace wisp {

/// max(x, 0). Gradient: 0 where x <= 0, else g.
Tensor relu(const Tensor& x);
/// x where x > 0, negative_slope x elsewhere (0 where that is 0, also of -infinity). Gradient: g or negative_slope g.
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);
/// g where gate > 0, negative_slope g elsewhere: linear in g, and constant in the gate. With slope 0 it is 0 where
/// gate <= 0, also of an infinite g, and g where the gate is NaN. Throws Error when shapes or dtypes differ.
Tensor leaky_relu_backward(const Tensor& g, const Tensor& gate, double negative_slope);
/// Hyperbolic tangent. Gradient: g (1 - y^2).
Tensor tanh(const Tensor& x);
/// 1 / (1 + e^-x), without overflow. Gradient: g y (1 - y).
Tensor sigmoid(const Tensor& x);
/// log(1 + e^x), without overflow and exact for every x (no linear shortcut). Gradient: g sigmoid(x).
Tensor softplus(const Tensor& x);
/// x sigmoid(x), also called swish; NaN of -infinity, as PyTorch's. Gradient: that of its parts.
/// Source: Elfwing, Uchibe, Doya, "Sigmoid-weighted linear units", arXiv 1702.03118.
Tensor silu(const Tensor& x);

}  // namespace wisp
