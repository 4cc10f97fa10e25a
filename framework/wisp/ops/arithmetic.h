// add, sub, mul, div, neg: elementwise with PyTorch's broadcasting.
//
// Operands must have the same dtype (f32, f64 or bf16); a plain number takes the dtype of the tensor beside it.
// All throw Error on shapes that do not broadcast, on mixed dtypes and on undefined tensors.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp {

/// a + b. Gradients: g, g.
Tensor add(const Tensor& a, const Tensor& b);
/// a - b. Gradients: g, -g.
Tensor sub(const Tensor& a, const Tensor& b);
/// a b. Gradients: g b, g a.
Tensor mul(const Tensor& a, const Tensor& b);
/// a / b. Gradients: g / b, -g a / b^2, in which nothing over- or underflows but the result.
Tensor div(const Tensor& a, const Tensor& b);
/// -x. Gradient: -g.
Tensor neg(const Tensor& x);

/// `value` as a tensor of rank 0 that fits beside x; undefined beside an undefined one, of which the op will tell.
inline Tensor scalar_like(const Tensor& x, double value) {
  return x.defined() ? Tensor::full({}, value, x.dtype()) : Tensor{};
}

/// A tensor and a plain number.
inline Tensor operator+(const Tensor& a, double b) { return add(a, scalar_like(a, b)); }
inline Tensor operator+(double a, const Tensor& b) { return add(scalar_like(b, a), b); }
inline Tensor operator-(const Tensor& a, double b) { return sub(a, scalar_like(a, b)); }
inline Tensor operator-(double a, const Tensor& b) { return sub(scalar_like(b, a), b); }
inline Tensor operator*(const Tensor& a, double b) { return mul(a, scalar_like(a, b)); }
inline Tensor operator*(double a, const Tensor& b) { return mul(scalar_like(b, a), b); }
inline Tensor operator/(const Tensor& a, double b) { return div(a, scalar_like(a, b)); }
inline Tensor operator/(double a, const Tensor& b) { return div(scalar_like(b, a), b); }

}  // namespace wisp
