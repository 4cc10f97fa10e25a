// How an elementwise op of one tensor is written: its function and its derivative rule, side by side.
#pragma once

#include <wisp/autograd/node.h>
#include <wisp/core/tensor.h>
#include <wisp/kernels/elementwise.h>
#include <wisp/kernels/profile.h>
#include <wisp/ops/arguments.h>

namespace wisp {

namespace detail {

/// y[i] = f(x[i]), outside the graph. Throws Error in the name of `op` where x is undefined or its dtype does not
/// compute.
template <class F>
Tensor mapped(const char* op, const Tensor& x, F f) {
  check_defined(op, {{"x", x}});
  const kernels::KernelTimer timer("elementwise", [&] { return kernels::KernelCall{.description = op}; });
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  visit_floating_dtype(op, x.dtype(),
                       [&]<class T>(T) { kernels::map(x.numel(), x.data<T>(), y.mutable_data<T>(), f); });
  return y;
}

/// y[i] = f(a[i], b[i]) likewise, with broadcasting. The dtypes have been checked and are equal.
template <class F>
Tensor mapped(const char* op, const Tensor& a, const Tensor& b, F f) {
  const kernels::KernelTimer timer("elementwise", [&] { return kernels::KernelCall{.description = op}; });
  const Shape shape = broadcast_shapes(op, a.shape(), b.shape());
  Tensor y = Tensor::empty(shape, a.dtype());
  visit_floating_dtype(op, a.dtype(), [&]<class T>(T) {
    if (a.shape() == b.shape())
      kernels::map(y.numel(), a.data<T>(), b.data<T>(), y.mutable_data<T>(), f);
    else
      kernels::broadcast_map(shape, a.data<T>(), broadcast_strides(a.shape(), shape), b.data<T>(),
                             broadcast_strides(b.shape(), shape), y.mutable_data<T>(), strides(shape), f);
  });
  return y;
}

}  // namespace detail

/// y[i] = f(x[i]), recorded as `op`; `gradient(cotangents)` returns the gradient of x from differentiable ops.
template <class F, class Gradient>
Tensor elementwise(const char* op, const Tensor& x, const autograd::Saved& saved, F f, Gradient gradient) {
  return autograd::record(op, detail::mapped(op, x, f), {x}, saved,
                          [gradient](const autograd::Cotangents& c) { return Tensors{gradient(c)}; });
}

}  // namespace wisp
