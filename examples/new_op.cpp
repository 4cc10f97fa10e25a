// silu(x) = x sigmoid(x), written as an op and checked.
#include <cmath>

#include <wisp/ops/elementwise.h>
#include <wisp/wisp.h>

using namespace wisp;

// x / (1 + e^-x). Gradient: g s (1 + x (1 - s)) with s = sigmoid(x).
// Source: Elfwing, Uchibe, Doya, "Sigmoid-weighted linear units", arXiv 1702.03118.
Tensor silu(const Tensor& x) {
  return elementwise(
      "silu", x, {{x}},  // the vjp needs x
      []<class T>(T v) { return v / (T{1} + std::exp(-v)); },
      [](const autograd::Cotangents& c) {
        const Tensor& input = c.saved(0);
        const Tensor s = sigmoid(input);
        return c.grad() * (s * (1.0 + input * (1.0 - s)));
      });
}

int main() {
  Rng rng(1);
  const Tensor x = Tensor::randn({2, 3, 4, 5}, rng, DType::f64).set_requires_grad(true);
  const auto function = [](const Tensors& inputs) { return Tensors{silu(inputs[0])}; };
  const bool right = gradcheck(function, {x}) && gradgradcheck(function, {x});
  fmt::print("silu: first and second derivatives are {}\n", right ? "right" : "wrong");
}
