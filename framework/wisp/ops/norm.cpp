#include <wisp/ops/norm.h>

#include <cmath>

#include <wisp/autograd/grad_mode.h>
#include <wisp/autograd/node.h>
#include <wisp/kernels/vector_norm.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arguments.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/elementwise.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/shape.h>

namespace wisp {
namespace {

using autograd::Cotangents;

// The lengths of f64 numbers; the dimensions stay, with extent 1. The numbers are divided by a power of two near the
// largest before they are squared, so that no square over- or underflows.
Tensor lengths(const Tensor& given, const std::vector<int>& dims) {
  const NoGrad guard;
  const Tensor x = given.detach();
  if (dims.empty())
    return Tensor::full(detail::reduced_shape("norm", x.shape(), dims, true),
                        kernels::vector_norm(x.numel(), x.data<double>()), DType::f64);
  if (x.numel() == 0) return sum(x, dims, true);
  const Tensor scale = detail::mapped("norm", amax(abs(x), dims, true), []<class T>(T largest) {
    return largest > 0 && std::isfinite(largest) ? std::ldexp(T{1}, std::ilogb(largest)) : T{1};
  });
  return sqrt(sum(square(x / scale), dims, true)) * scale;
}

}  // namespace

Tensor norm(const Tensor& x, const std::vector<int>& dims, bool keepdim) {
  check_floating("norm", {{"x", x}});
  if (x.dtype() != DType::f64) return norm(x.to(DType::f64), dims, keepdim).to(x.dtype());
  const Shape shape = detail::reduced_shape("norm", x.shape(), dims, keepdim);
  const Tensor norms = lengths(x, dims);
  return autograd::record("norm", norms.reshape(shape), {x}, {.tensors = {x}, .outputs = true},
                          [kept = norms.shape()](const Cotangents& c) {
                            const Tensor& input = c.saved(0);
                            const Tensor norm = c.output().reshape(kept), constant = norm.detach();
                            const Tensor divisor =
                                norm + detail::mapped("norm", constant, []<class T>(T n) { return T(n == 0); });
                            const Tensor g = leaky_relu_backward(c.grad().reshape(kept), constant, 0.0);
                            return Tensors{input / divisor * g};
                          });
}

}  // namespace wisp
