#include <wisp/ops/activation.h>

#include <cmath>

#include <wisp/autograd/recorder.h>
#include <wisp/kernels/tanh.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/elementwise.h>
#include <wisp/ops/math.h>

namespace wisp {

using autograd::Cotangents;

namespace {

// Whether the slope is 0 in what numbers of the dtype are computed in.
bool is_zero(double slope, DType dtype) {
  return dtype == DType::f64 ? slope == 0.0 : static_cast<float>(slope) == 0.0f;
}

// max(x, 0): 0 also of -infinity, which 0 times x is not.
Tensor rectified(const char* op, const Tensor& x) {
  return elementwise(
      op, x, {.outputs = true}, []<class T>(T v) { return v <= 0 ? T{0} : v; },
      [](const Cotangents& c) { return leaky_relu_backward(c.grad(), c.output().detach(), 0.0); });
}

}  // namespace

Tensor leaky_relu_backward(const Tensor& g, const Tensor& gate, double slope) {
  check_floating("leaky_relu_backward", {{"g", g}, {"gate", gate}});
  check(g.shape() == gate.shape() && g.dtype() == gate.dtype(),
        "leaky_relu_backward: g and gate must have one shape and dtype, given {} {} and {} {}", name_of(g.dtype()),
        g.shape(), name_of(gate.dtype()), gate.shape());
  const Tensor y =
      is_zero(slope, g.dtype())  // an infinite gradient times 0 must be 0
          ? detail::mapped("leaky_relu_backward", g, gate, []<class T>(T v, T q) { return q <= 0 ? T{0} : v; })
          : detail::mapped("leaky_relu_backward", g, gate,
                           [slope]<class T>(T v, T q) { return q > 0 ? v : static_cast<T>(slope) * v; });
  return autograd::record("leaky_relu_backward", y, {g}, {{gate}}, [slope](const Cotangents& c) {
    return Tensors{leaky_relu_backward(c.grad(), c.saved(0), slope)};
  });
}

Tensor relu(const Tensor& x) { return rectified("relu", x); }

Tensor leaky_relu(const Tensor& x, double negative_slope) {
  check_defined("leaky_relu", {{"x", x}});
  // The output has the sign of the input unless the slope is negative, and the next layer keeps the output anyway.
  const bool from_output = negative_slope >= 0.0;
  return autograd::as_one_op("leaky_relu", {x}, {{"negative_slope", negative_slope}}, [&] {
    if (is_zero(negative_slope, x.dtype())) return rectified("leaky_relu", x);
    return elementwise(
        "leaky_relu", x, from_output ? autograd::Saved{.outputs = true} : autograd::Saved{{x.detach()}},
        [negative_slope]<class T>(T v) { return v > 0 ? v : static_cast<T>(negative_slope) * v; },
        [=](const Cotangents& c) {
          return leaky_relu_backward(c.grad(), from_output ? c.output().detach() : c.saved(0), negative_slope);
        });
  });
}

Tensor tanh(const Tensor& x) {
  return elementwise(
      "tanh", x, {.outputs = true}, [](auto v) { return kernels::tanh(v); },
      [](const Cotangents& c) { return c.grad() * (1.0 - square(c.output())); });
}

Tensor sigmoid(const Tensor& x) {
  // The exponential of a non-positive number cannot overflow.
  return elementwise(
      "sigmoid", x, {.outputs = true},
      []<class T>(T v) {
        const T e = std::exp(-std::abs(v));
        return (v >= 0 ? T{1} : e) / (T{1} + e);
      },
      [](const Cotangents& c) { return c.grad() * (c.output() * (1.0 - c.output())); });
}

Tensor softplus(const Tensor& x) {
  return elementwise(
      "softplus", x, {{x}}, []<class T>(T v) { return (v <= 0 ? T{0} : v) + std::log1p(std::exp(-std::abs(v))); },
      [](const Cotangents& c) { return c.grad() * sigmoid(c.saved(0)); });
}

Tensor silu(const Tensor& given) {
  check_floating("silu", {{"x", given}});
  const Tensor x = given.to(compute_dtype(given.dtype()));  // bf16 is rounded once
  return (x * sigmoid(x)).to(given.dtype());
}

}  // namespace wisp
