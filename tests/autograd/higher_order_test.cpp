// Derivatives of every order, against formulas.
#include <gtest/gtest.h>

#include <cmath>

#include <wisp/autograd/backward.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/matmul.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

const std::vector<double> points{-1.5, -0.3, 0.2, 0.9, 1.7, 2.5};

// f, f', ..., the derivative of order `order`, at `points` laid out as an image with two channels.
std::vector<std::vector<double>> derivatives(Tensor (*f)(const Tensor&), int order) {
  const Tensor x = Tensor::from({1, 2, 1, 3}, points).set_requires_grad(true);
  Tensor y = f(x);
  std::vector<std::vector<double>> result{y.values<double>()};
  for (int n = 0; n < order; ++n) {
    y = grad({sum(y)}, {x}, {.create_graph = true})[0];
    result.push_back(y.values<double>());
  }
  return result;
}

// formula(x, n) is the derivative of order n.
template <class Formula>
void expect_derivatives(Tensor (*f)(const Tensor&), int order, Formula formula) {
  const auto got = derivatives(f, order);
  for (int n = 0; n <= order; ++n)
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double expected = formula(points[i], n);
      EXPECT_NEAR(got[static_cast<std::size_t>(n)][i], expected, 1e-11 * (1 + std::abs(expected)))
          << "order " << n << " at " << points[i];
    }
}

TEST(HigherOrder, FifthPower) {
  expect_derivatives([](const Tensor& x) { return square(square(x)) * x; }, 4,
                     [](double x, int n) {
                       double factor = 1;
                       for (int k = 0; k < n; ++k) factor *= 5 - k;
                       return factor * std::pow(x, 5 - n);
                     });
}

TEST(HigherOrder, Exponential) {
  expect_derivatives([](const Tensor& x) { return exp(2.0 * x); }, 5,
                     [](double x, int n) { return std::pow(2, n) * std::exp(2 * x); });
}

TEST(HigherOrder, Tanh) {
  // Each derivative of tanh is a polynomial in t = tanh x: p' -> p'(t) (1 - t^2).
  expect_derivatives(tanh, 4, [](double x, int n) {
    const double t = std::tanh(x), s = 1 - t * t;
    switch (n) {
      case 0: return t;
      case 1: return s;
      case 2: return -2 * t * s;
      case 3: return s * (6 * t * t - 2);
      default: return s * (16 * t - 24 * t * t * t);
    }
  });
}

TEST(HigherOrder, Sigmoid) {
  expect_derivatives(sigmoid, 3, [](double x, int n) {
    const double s = 1 / (1 + std::exp(-x));
    switch (n) {
      case 0: return s;
      case 1: return s * (1 - s);
      case 2: return s * (1 - s) * (1 - 2 * s);
      default: return s * (1 - s) * (1 - 6 * s + 6 * s * s);
    }
  });
}

TEST(HigherOrder, Quotient) {
  // 1 / (1 + x^2) is the imaginary part of -1 / (x + i): derivatives (-1)^(n+1) n! Im (x + i)^-(n+1).
  expect_derivatives([](const Tensor& x) { return 1.0 / (1.0 + square(x)); }, 4,
                     [](double x, int n) {
                       return std::tgamma(n + 1) * (n % 2 ? 1 : -1) * std::pow(1 + x * x, -(n + 1) / 2.0) *
                              std::sin(-(n + 1) * std::atan2(1.0, x));
                     });
}

TEST(HigherOrder, LogarithmOfSoftplusComposition) {
  // log(e^x + 1) by hand and as softplus agree to third order.
  const auto composed = derivatives([](const Tensor& x) { return log(exp(x) + 1.0); }, 3);
  const auto fused = derivatives(softplus, 3);
  for (std::size_t n = 0; n <= 3; ++n)
    for (std::size_t i = 0; i < points.size(); ++i) EXPECT_NEAR(composed[n][i], fused[n][i], 1e-12);
}

TEST(HigherOrder, MixedPartialDerivativesCommute) {
  const Tensor x = Tensor::from({2}, {0.5, -1.2}).set_requires_grad(true);
  const Tensor y = Tensor::from({2}, {2.0, 0.7}).set_requires_grad(true);
  const Tensor f = sum(exp(x * y) * square(y));
  const Tensors first = grad({f}, {x, y}, {.create_graph = true});
  const std::vector<double> xy = grad({sum(first[0])}, {y}, {.retain_graph = true})[0].values<double>();
  const std::vector<double> yx = grad({sum(first[1])}, {x})[0].values<double>();
  const std::vector<double> a{0.5, -1.2}, b{2.0, 0.7};
  for (std::size_t i = 0; i < 2; ++i) {
    const double expected = std::exp(a[i] * b[i]) * (3 * b[i] * b[i] + a[i] * std::pow(b[i], 3));
    EXPECT_NEAR(xy[i], expected, 1e-12);
    EXPECT_NEAR(yx[i], expected, 1e-12);
  }
}

TEST(HigherOrder, HessianOfAQuadraticFormIsItsMatrix) {
  const std::vector<double> a{2, -1, 0.5, 3, 4, -2, 0, 1, 5};
  const Tensor matrix = Tensor::from({3, 3}, a), x = Tensor::from({3}, {1.0, -2.0, 0.5}).set_requires_grad(true);
  const Tensor first = grad({matmul(x, matmul(matrix, x))}, {x}, {.create_graph = true})[0];
  for (std::int64_t i = 0; i < 3; ++i) {
    const std::vector<double> row = grad({sum(first.narrow(0, i, 1))}, {x}, {.retain_graph = true})[0].values<double>();
    for (std::int64_t j = 0; j < 3; ++j)
      EXPECT_EQ(row[static_cast<std::size_t>(j)],
                a[static_cast<std::size_t>(3 * i + j)] + a[static_cast<std::size_t>(3 * j + i)]);
  }
}

TEST(HigherOrder, BackwardWithCreateGraphLeavesADifferentiableGradient) {
  Tensor x = Tensor::from({1}, {3.0}).set_requires_grad(true);
  (square(x) * x).backward({.create_graph = true});
  const Tensor first = x.grad();
  x.set_grad({});
  first.backward();
  EXPECT_EQ(first.item<double>(), 27);
  EXPECT_EQ(x.grad().item<double>(), 18);
}

TEST(HigherOrder, WithoutCreateGraphGradientsAreConstants) {
  const Tensor x = Tensor::from({1}, {3.0}).set_requires_grad(true);
  EXPECT_FALSE(grad({square(x)}, {x})[0].requires_grad());
}

}  // namespace
}  // namespace wisp
