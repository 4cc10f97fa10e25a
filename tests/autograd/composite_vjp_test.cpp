// composite_vjp: the derivative of a fused op from a composite of the same value.
#include <gtest/gtest.h>

#include <cmath>

#include <wisp/autograd/backward.h>
#include <wisp/autograd/gradcheck.h>
#include <wisp/core/rng.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

using autograd::Cotangents;

Tensors composite(const Tensors& in) { return {exp(in[0]) * square(in[1]), in[0] * in[1]}; }

// e^a b^2 and a b as one op, computed outside the graph.
Tensors fused(const Tensor& a, const Tensor& b) {
  Tensors values;
  {
    const NoGrad guard;
    values = composite({a, b});
  }
  return autograd::record("fused", values, {a, b}, {{a, b}}, [](const Cotangents& c) {
    return autograd::composite_vjp(composite, {c.saved(0), c.saved(1)}, c);
  });
}

Tensor random(const Shape& shape, std::uint64_t seed) {
  Rng rng(seed);
  return Tensor::randn(shape, rng, DType::f64).set_requires_grad(true);
}

TEST(CompositeVjp, IsRightToThirdOrder) {
  const Tensors in{random({2, 3}, 1), random({2, 3}, 2)};
  const auto function = [](const Tensors& t) { return fused(t[0], t[1]); };
  EXPECT_TRUE(gradcheck(function, in));
  EXPECT_TRUE(gradgradcheck(function, in));
  const auto derivative = [](const Tensors& t) {
    const GradMode mode(true);  // the checks evaluate it with gradients off
    return grad({sum(fused(t[0], t[1])[0])}, {t[0], t[1]}, {.create_graph = true});
  };
  EXPECT_TRUE(gradgradcheck(derivative, in));
}

TEST(CompositeVjp, OneInputComputedFromAnotherGivesPartialDerivatives) {
  // b = tanh(a): a derivative of the composite that ran on into b's own graph would count a's part twice.
  const Tensor a = random({4}, 3);
  const auto function = [](const Tensors& t) { return Tensors{fused(t[0], tanh(t[0]))[0]}; };
  EXPECT_TRUE(gradcheck(function, {a}));
  EXPECT_TRUE(gradgradcheck(function, {a}));
}

TEST(CompositeVjp, TheSameTensorTwiceGivesItsTotalDerivative) {
  const Tensor a = Tensor::from({1}, {0.5}).set_requires_grad(true);
  const Tensor first = grad({fused(a, a)[0]}, {a}, {.create_graph = true})[0];  // (e^a a^2)' = e^a (a^2 + 2 a)
  EXPECT_NEAR(first.item<double>(), std::exp(0.5) * 1.25, 1e-14);
  EXPECT_NEAR(grad({first}, {a})[0].item<double>(), std::exp(0.5) * (0.25 + 4 * 0.5 + 2), 1e-14);
}

TEST(CompositeVjp, AConstantInputGetsNothing) {
  const Tensor a = random({2}, 4), b = Tensor::from({2}, {3.0, -2.0});
  const Tensors outputs = fused(a, b);
  EXPECT_EQ(grad({sum(outputs[1])}, {a})[0].values<double>(), (std::vector<double>{3, -2}));
}

TEST(CompositeVjp, AnOutputWithoutACotangentContributesNothing) {
  const Tensor a = random({2}, 5), b = random({2}, 6);
  const Tensors g = grad({sum(fused(a, b)[1])}, {a, b});
  EXPECT_EQ(g[0].values<double>(), b.values<double>());
  EXPECT_EQ(g[1].values<double>(), a.values<double>());
}

TEST(CompositeVjp, RecordsNothingUnlessAGraphIsWanted) {
  const Tensor a = random({2}, 7), b = random({2}, 8);
  EXPECT_FALSE(grad({sum(fused(a, b)[0])}, {a})[0].requires_grad());
  EXPECT_TRUE(grad({sum(fused(a, b)[0])}, {a}, {.create_graph = true})[0].requires_grad());
}

TEST(CompositeVjp, AnInputTheCompositeIgnoresGetsNoGradient) {
  const Tensor a = random({2}, 9), b = random({2}, 10);
  const Tensor y = autograd::record("ignores", square(a.detach()), {a, b}, {{a, b}}, [](const Cotangents& c) {
    return autograd::composite_vjp([](const Tensors& in) { return Tensors{square(in[0])}; }, {c.saved(0), c.saved(1)},
                                   c);
  });
  const Tensors g = grad({sum(y)}, {a, b}, {.allow_unused = true});
  EXPECT_TRUE(g[0].defined());
  EXPECT_FALSE(g[1].defined());
}

}  // namespace
}  // namespace wisp
