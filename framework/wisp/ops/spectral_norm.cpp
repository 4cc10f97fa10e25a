#include <wisp/ops/spectral_norm.h>

#include <vector>

#include <wisp/autograd/backward.h>
#include <wisp/kernels/spectral_norm.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using autograd::record;

// The weight as it lies in memory.
kernels::MatrixExtents extents_of(const Tensor& weight) { return {weight.dim(0), weight.numel() / weight.dim(0)}; }

void check_weight(const char* op, const Tensor& weight) {
  check_floating(op, {{"weight", weight}});
  check(weight.rank() >= 2 && weight.numel() > 0, "{}: weight must have rank 2 or more and hold numbers, given {}", op,
        weight.shape());
}

// u v^T in the shape of the weight.
Tensor outer(const SingularVectors& vectors) {
  std::vector<std::int64_t> column(static_cast<std::size_t>(vectors.v.rank()), 1);
  column[0] = vectors.u.dim(0);
  return vectors.u.reshape(std::span<const std::int64_t>(column)) * vectors.v;
}

Tensor backward_composite(const Tensor& g, const Tensor& weight, const Tensor& u, const Tensor& v) {
  const Tensor direction = outer({u, v});
  const Tensor sigma = sum(weight * direction);
  return (g - sum(g * (weight / sigma)) * direction) / sigma;
}

// The gradient of the weight, whose sigma is known; its own vjp is the composite's.
Tensor spectral_norm_backward(const Tensor& g, const Tensor& weight, const SingularVectors& vectors, double sigma) {
  Tensor grad = Tensor::empty(weight.shape(), weight.dtype());
  visit_compute_dtype("spectral_norm", weight.dtype(), [&]<class T>(T) {
    kernels::spectral_norm_backward(extents_of(weight), g.data<T>(), weight.data<T>(), vectors.u.data<T>(),
                                    vectors.v.data<T>(), sigma, grad.mutable_data<T>());
  });
  return record(
      "spectral_norm_backward", grad, {g, weight}, {{g, weight, vectors.u, vectors.v}}, [](const Cotangents& c) {
        return autograd::composite_vjp(
            [&](const Tensors& in) { return Tensors{backward_composite(in[0], in[1], c.saved(2), c.saved(3))}; },
            {c.saved(0), c.saved(1)}, c);
      });
}

}  // namespace

Shape row_shape(const Tensor& weight) {
  check_defined("row_shape", {{"weight", weight}});
  check(weight.rank() >= 1, "row_shape: the weight must have rank 1 or more, given a scalar");
  std::vector<std::int64_t> extents(weight.shape().begin(), weight.shape().end());
  extents[0] = 1;
  return Shape(extents);
}

SingularVectors power_iteration(const Tensor& weight, const Tensor& v, double eps) {
  constexpr const char* op = "power_iteration";
  check_weight(op, weight);
  check_fits(op, {"v", v}, row_shape(weight), weight.dtype(), {"weight", weight});
  SingularVectors result{Tensor::empty({weight.dim(0)}, weight.dtype()), Tensor::empty(v.shape(), weight.dtype())};
  visit_compute_dtype(op, weight.dtype(), [&]<class T>(T) {
    kernels::power_iteration(extents_of(weight), weight.data<T>(), v.data<T>(), eps, result.u.mutable_data<T>(),
                             result.v.mutable_data<T>());
  });
  return result;
}

Tensor spectral_norm(const Tensor& weight, const SingularVectors& vectors) {
  constexpr const char* op = "spectral_norm";
  check_weight(op, weight);
  check_fits(op, {"u", vectors.u}, {weight.dim(0)}, weight.dtype(), {"weight", weight});
  check_fits(op, {"v", vectors.v}, row_shape(weight), weight.dtype(), {"weight", weight});
  Tensor result = Tensor::empty(weight.shape(), weight.dtype());
  const double sigma = visit_compute_dtype(op, weight.dtype(), [&]<class T>(T) {
    return kernels::spectral_norm(extents_of(weight), weight.data<T>(), vectors.u.data<T>(), vectors.v.data<T>(),
                                  result.mutable_data<T>());
  });
  const SingularVectors constants{vectors.u.detach(), vectors.v.detach()};
  return record(op, result, {weight}, {{weight, constants.u, constants.v}}, [sigma](const Cotangents& c) {
    return Tensors{spectral_norm_backward(c.grad(), c.saved(0), {c.saved(1), c.saved(2)}, sigma)};
  });
}

}  // namespace wisp
