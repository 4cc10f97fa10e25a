// softsign(x) = x / (1 + |x|), written as an op and checked.
#include <cmath>

#include <wisp/ops/elementwise.h>
#include <wisp/wisp.h>

using namespace wisp;

// x / (1 + |x|). Gradient: g / (1 + |x|)^2.
// Source: Turian, Bergstra, Bengio, "Quadratic features and deep architectures for chunking", NAACL 2009.
Tensor softsign(const Tensor& x) {
  return elementwise(
      "softsign", x, {{x}},  // the vjp needs x
      []<class T>(T v) { return v / (T{1} + std::abs(v)); },
      [](const autograd::Cotangents& c) { return c.grad() / square(1.0 + abs(c.saved(0))); });
}

int main() {
  Rng rng(1);
  const Tensor x = Tensor::randn({2, 3, 4, 5}, rng, DType::f64).set_requires_grad(true);
  const auto function = [](const Tensors& inputs) { return Tensors{softsign(inputs[0])}; };
  const bool right = gradcheck(function, {x}) && gradgradcheck(function, {x});
  fmt::print("softsign: first and second derivatives are {}\n", right ? "right" : "wrong");
}
