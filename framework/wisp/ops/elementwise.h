// How an elementwise op of one tensor is written: its function and its derivative rule, side by side.
#pragma once

#include <wisp/autograd/node.h>
#include <wisp/core/tensor.h>
#include <wisp/kernels/elementwise.h>
#include <wisp/kernels/profile.h>
#include <wisp/ops/arguments.h>

namespace wisp {

/// y[i] = f(x[i]), recorded as `op`; `gradient(cotangents)` returns the gradient of x from differentiable ops.
template <class F, class Gradient>
Tensor elementwise(const char* op, const Tensor& x, const autograd::Saved& saved, F f, Gradient gradient) {
  check_defined(op, {{"x", x}});
  const kernels::KernelTimer timer("elementwise", [&] { return kernels::KernelCall{.description = op}; });
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  visit_floating_dtype(op, x.dtype(),
                       [&]<class T>(T) { kernels::map(x.numel(), x.data<T>(), y.mutable_data<T>(), f); });
  return autograd::record(op, y, {x}, saved,
                          [gradient](const autograd::Cotangents& c) { return Tensors{gradient(c)}; });
}

}  // namespace wisp
