// Derivatives over- and underflow only where what they are does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <tests/leaf.h>
#include <wisp/autograd/backward.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/norm.h>
#include <wisp/ops/reduction.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsNan;

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Quotient {
  DType dtype;
  double g, a, b;
  double grad_a, grad_b;
};

double item(const Tensor& x) { return x.to(DType::f64).item<double>(); }
Tensor scalar(double value, DType dtype) { return Tensor::full({}, value, dtype).set_requires_grad(true); }

void expect_close(double actual, double expected, DType dtype) {
  const double tolerance = dtype == DType::f64 ? 1e-14 : dtype == DType::f32 ? 1e-6 : 0.02;
  if (std::isfinite(expected))
    EXPECT_NEAR(actual, expected, tolerance * std::abs(expected) + (dtype == DType::f64 ? 0 : 1e-45));
  else
    EXPECT_EQ(actual, expected);
}

TEST(Range, GradientsOfAQuotient) {
  for (const Quotient& q : std::vector<Quotient>{{DType::f32, 1, 1e20, 1e20, 1e-20, -1e-20},
                                                 {DType::f32, 1, 1e-30, 1e-30, 1e30, -1e30},
                                                 {DType::f32, 0, 1e-30, 1e-30, 0, 0},
                                                 {DType::f32, 0, 1e20, 1e20, 0, 0},
                                                 {DType::f32, 1e-30, 1e30, 1e-10, 1e-20, -1e20},  // a / b is 1e40
                                                 {DType::f32, 1e30, 1e-30, 1e20, 1e10, -1e-40},
                                                 {DType::f32, 1e30, 1e30, 1e25, 1e5, -1e10},
                                                 {DType::bf16, 1, 1e20, 1e20, 1e-20, -1e-20},
                                                 {DType::f64, 1, 1e200, 1e200, 1e-200, -1e-200},
                                                 {DType::f64, 1, 1e-200, 1e-200, 1e200, -1e200},
                                                 {DType::f64, 0, 1e-200, 1e-200, 0, 0},
                                                 {DType::f64, 1e-300, 1e300, 1e-100, 1e-200, -1e200},
                                                 {DType::f64, 1e300, 1e300, 1e250, 1e50, -1e100},
                                                 {DType::f64, 1, 1, infinity, 0, 0},
                                                 {DType::f64, 1, infinity, 1e200, 1e-200, -infinity},
                                                 {DType::f64, 1, 1, 1e-200, 1e200, -infinity}}) {
    const Tensor a = scalar(q.a, q.dtype), b = scalar(q.b, q.dtype);
    const Tensors grads = grad({a / b}, {a, b}, {.grad_outputs = {Tensor::full({}, q.g, q.dtype)}});
    SCOPED_TRACE(fmt::format("{}: {} / {}, cotangent {}", name_of(q.dtype), q.a, q.b, q.g));
    expect_close(item(grads[0]), q.grad_a, q.dtype);
    expect_close(item(grads[1]), q.grad_b, q.dtype);
  }
}

TEST(Range, GradientsOfAQuotientThatBroadcasts) {
  const Tensor a = Tensor::from({2, 1, 1, 2}, {1e20f, 2e20f, 3e20f, 4e20f}).set_requires_grad(true);
  const Tensor b = Tensor::from({3, 1, 1}, {1e20f, 1e-25f, -1e20f}).set_requires_grad(true);
  const Tensors grads = grad({a / b}, {a, b}, {.grad_outputs = {Tensor::full({2, 3, 1, 2}, 1e-35)}});
  for (const float g : grads[0].values<float>()) EXPECT_FLOAT_EQ(g, 1e-10f);
  const std::vector<float> g = grads[1].values<float>();  // minus 1e-35 times 1e21 over b^2
  EXPECT_EQ(g[0], 0);
  EXPECT_FLOAT_EQ(g[1], -1e36f);
  EXPECT_EQ(g[2], 0);
}

// d2/db2 of a / b is 2 a / b^3, d2/da db is -1 / b^2.
TEST(Range, SecondDerivativesOfAQuotient) {
  struct Case {
    DType dtype;
    double a, b, h;
  };
  for (const Case& c : std::vector<Case>{{DType::f32, 1e20, 1e20, 1},
                                         {DType::f32, 1e-15, 1e-15, 1},
                                         {DType::f32, 1e25, 1e15, 1e25},
                                         {DType::f64, 1e150, 1e150, 1},
                                         {DType::f64, 1e-100, 1e-100, 1}}) {
    SCOPED_TRACE(fmt::format("{}: {} / {}", name_of(c.dtype), c.a, c.b));
    const Tensor a = scalar(c.a, c.dtype), b = scalar(c.b, c.dtype);
    const Tensor first = grad({a / b}, {b}, {.create_graph = true})[0];
    const Tensors second = grad({first}, {a, b}, {.grad_outputs = {Tensor::full({}, c.h, c.dtype)}});
    const double smallest = c.dtype == DType::f64 ? 0 : 1e-44;
    const double of_a = -c.h / c.b / c.b, of_b = 2 * c.h / c.b * (c.a / c.b) / c.b;
    EXPECT_NEAR(item(second[0]), of_a, 2e-7 * std::abs(of_a) + smallest);
    EXPECT_NEAR(item(second[1]), of_b, 2e-7 * std::abs(of_b) + smallest);
  }
}

TEST(Range, GradientsOfElementaryFunctions) {
  const auto gradient = [](Tensor (*op)(const Tensor&), double x, double g) {
    const Tensor at = scalar(x, DType::f32);
    return item(grad({op(at)}, {at}, {.grad_outputs = {Tensor::full({}, g)}})[0]);
  };
  expect_close(gradient(square, 3e38, 1e-20), 6e18, DType::f32);
  expect_close(gradient(log, 1e-30, 1e-10), 1e20, DType::f32);
  expect_close(gradient(sqrt, 1e38, 1), 5e-20, DType::f32);
  expect_close(gradient(sqrt, 1e-38, 1), 5e18, DType::f32);
}

TEST(Norms, NeitherOverflowsNorUnderflows) {
  for (const DType dtype : {DType::f32, DType::f64, DType::bf16})
    for (const double scale : {1.0, 1e20, 1e-25, 1e-38, 1e38}) {
      SCOPED_TRACE(fmt::format("{} {}", name_of(dtype), scale));
      const Tensor x = (Tensor::from({2, 2}, {3.0, -4.0, 0.0, 0.0}) * (scale / 5)).to(dtype).set_requires_grad(true);
      const Tensor lengths = norm(x, {1});
      const double tolerance = dtype == DType::bf16 ? 0.02 : 1e-6;
      EXPECT_NEAR(item(lengths.narrow(0, 0, 1)), scale, tolerance * scale);
      EXPECT_EQ(item(lengths.narrow(0, 1, 1)), 0);
      const std::vector<double> g = grad({sum(lengths)}, {x})[0].to(DType::f64).values<double>();
      EXPECT_NEAR(g[0], 0.6, tolerance);
      EXPECT_NEAR(g[1], -0.8, tolerance);
      EXPECT_EQ(g[2], 0);
      EXPECT_EQ(g[3], 0);
    }
  for (const double scale : {1e300, 1e-300, 5e-324}) {
    const Tensor x = Tensor::full({4}, scale, DType::f64);
    EXPECT_EQ(norm(x).item<double>(), 2 * scale);
  }
}

TEST(Norms, OfExtremes) {
  EXPECT_EQ(norm(leaf({1, -infinity})).item<double>(), infinity);
  EXPECT_THAT(norm(leaf({1, std::nan(""), infinity})).item<double>(), IsNan());
  EXPECT_EQ(norm(Tensor::zeros({0})).item<float>(), 0);
  EXPECT_EQ(norm(Tensor::ones({2, 3, 4, 5}), {0, -1}, true).shape(), (Shape{1, 3, 4, 1}));
}

// (I - u u^T) / norm with u = x / norm; nothing flows where the norm is 0.
TEST(Norms, SecondDerivatives) {
  const Tensor x = Tensor::from({2, 2}, {3e-20f, 4e-20f, 0.f, 0.f}).set_requires_grad(true);
  const Tensor first = grad({sum(norm(x, {1}))}, {x}, {.create_graph = true})[0];
  const std::vector<float> second = grad({sum(first.narrow(1, 0, 1))}, {x})[0].values<float>();
  EXPECT_FLOAT_EQ(second[0], 0.64f / 5e-20f);
  EXPECT_FLOAT_EQ(second[1], -0.48f / 5e-20f);
  EXPECT_EQ(second[2], 0);
  EXPECT_EQ(second[3], 0);
}

// The length itself is beyond f32, or a denormal with few digits; the gradient x / |x| is neither.
TEST(Norms, GradientsWhereTheLengthDoesNotFit) {
  for (const float scale : {3e38f, 1e-42f}) {
    const Tensor x = Tensor::full({2}, scale).set_requires_grad(true);
    for (const float g : grad({norm(x)}, {x})[0].values<float>()) EXPECT_FLOAT_EQ(g, std::sqrt(0.5f)) << scale;
  }
}

}  // namespace
}  // namespace wisp::testing
