#include <wisp/ops/math.h>

#include <cmath>

#include <wisp/autograd/recorder.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/elementwise.h>

namespace wisp {

using autograd::Cotangents;

Tensor exp(const Tensor& x) {
  return elementwise(
      "exp", x, {.outputs = true}, [](auto v) { return std::exp(v); },
      [](const Cotangents& c) { return c.grad() * c.output(); });
}

Tensor log(const Tensor& x) {
  return elementwise(
      "log", x, {{x}}, [](auto v) { return std::log(v); }, [](const Cotangents& c) { return c.grad() / c.saved(0); });
}

Tensor sqrt(const Tensor& x) {
  return elementwise(
      "sqrt", x, {.outputs = true}, [](auto v) { return std::sqrt(v); },
      [](const Cotangents& c) { return c.grad() / (2.0 * c.output()); });
}

Tensor square(const Tensor& x) {
  return elementwise(
      "square", x, {{x}}, [](auto v) { return v * v; },
      [](const Cotangents& c) { return c.grad() * c.saved(0) * 2.0; });
}

Tensor abs(const Tensor& x) {
  return elementwise(
      "abs", x, {{x}}, [](auto v) { return std::abs(v); },
      [](const Cotangents& c) { return c.grad() * sign(c.saved(0)); });
}

Tensor sign(const Tensor& x) {
  return autograd::as_one_op("sign", {x}, {}, [&] {
    return detail::mapped("sign", x,
                          []<class T>(T v) { return std::isnan(v) ? v : static_cast<T>((v > 0) - (v < 0)); });
  });
}

}  // namespace wisp
