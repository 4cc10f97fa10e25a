#include <wisp/ops/choose.h>

#include <wisp/autograd/node.h>
#include <wisp/kernels/profile.h>

namespace wisp::detail {
namespace {

using autograd::Cotangents;
using autograd::record;
using kernels::KernelTimer;

// Zeros with y added at the places that the index names, summed in double. Adjoint: choose.
Tensor scatter_add(const Chosen& chosen, const Tensor& y, const Tensor& index) {
  const KernelTimer timer("gather");
  Tensor sums = Tensor::zeros(chosen.from, DType::f64);
  visit_floating_dtype(chosen.op, y.dtype(), [&]<class T>(T) {
    kernels::scatter_add(chosen.places, y.data<T>(), index.data<std::int64_t>(), sums.mutable_data<double>());
  });
  return record(chosen.adjoint, sums.to(y.dtype()), {y}, {{index}},
                [chosen](const Cotangents& c) { return Tensors{choose(chosen, c.grad(), c.saved(0))}; });
}

}  // namespace

Tensor choose(const Chosen& chosen, const Tensor& x, const Tensor& index) {
  const KernelTimer timer("gather");
  Tensor y = Tensor::empty(chosen.to, x.dtype());
  visit_dtype(x.dtype(), [&]<class T>(T) {
    kernels::gather(chosen.places, x.data<T>(), index.data<std::int64_t>(), y.mutable_data<T>());
  });
  return record(chosen.op, y, {x}, {{index}},
                [chosen](const Cotangents& c) { return Tensors{scatter_add(chosen, c.grad(), c.saved(0))}; });
}

}  // namespace wisp::detail
