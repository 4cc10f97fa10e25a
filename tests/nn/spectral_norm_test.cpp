// SpectralNorm: the weight divided by its largest singular value, which Jacobi's method finds, too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <tests/message_of.h>
#include <tests/threads.h>
#include <wisp/autograd/backward.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/nn/sequential.h>
#include <wisp/nn/spectral_norm.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/matmul.h>
#include <wisp/ops/reduction.h>

namespace wisp::nn {
namespace {

using ::testing::AllOf;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::Pointwise;

const std::string parametrization = "parametrizations.weight.";

SpectralNorm<Conv2d> convolution(Rng& rng, const SpectralNormOptions& options = {}) {
  SpectralNorm layer(Conv2d(3, 5, {2, 4}, {.stride = 2, .padding = 1}, rng), options, rng);
  layer.to(DType::f64);
  return layer;
}

Tensor random(const Shape& shape, Rng& rng) { return Tensor::randn(shape, rng, DType::f64); }

double norm(const Tensor& x) { return std::sqrt(sum(square(x)).item<double>()); }

Tensor unit(const Tensor& x) { return x * (1 / norm(x)); }

Tensor transposed(const Tensor& x) { return x.permute({1, 0}); }

// The weight as a matrix, PyTorch's flatten(1).
Tensor matrix_of(const Tensor& weight) { return weight.detach().reshape({weight.dim(0), -1}) * 1.0; }

// What a layer holds now, u and v as columns.
struct Parts {
  explicit Parts(const Module& layer) {
    const StateDict state = layer.state_dict();
    u = state.at(parametrization + "0._u").reshape({-1, 1}) * 1.0;
    v = state.at(parametrization + "0._v").reshape({-1, 1}) * 1.0;
    w = matrix_of(state.at(parametrization + "original"));
  }
  double sigma() const { return matmul(matmul(transposed(u), w), v).item<double>(); }

  Tensor u, v, w;
};

// Rows are turned in pairs until all are at right angles (Hestenes); the longest is then the singular value.
double largest_singular_value(const Tensor& weight) {
  std::vector<double> w = weight.values<double>();
  const auto rows = static_cast<std::size_t>(weight.dim(0)), columns = w.size() / rows;
  const auto dot = [&](std::size_t i, std::size_t j) {
    double result = 0;
    for (std::size_t c = 0; c < columns; ++c) result += w[i * columns + c] * w[j * columns + c];
    return result;
  };
  for (int sweep = 0; sweep < 30; ++sweep)
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = i + 1; j < rows; ++j) {
        const double angle = 0.5 * std::atan2(2 * dot(i, j), dot(i, i) - dot(j, j));
        for (std::size_t c = 0; c < columns; ++c) {
          const double a = w[i * columns + c], b = w[j * columns + c];
          w[i * columns + c] = std::cos(angle) * a + std::sin(angle) * b;
          w[j * columns + c] = std::cos(angle) * b - std::sin(angle) * a;
        }
      }
  double most = 0;
  for (std::size_t i = 0; i < rows; ++i) most = std::max(most, std::sqrt(dot(i, i)));
  return most;
}

void expect_close(const Tensor& actual, const Tensor& expected) {
  ASSERT_EQ(actual.shape(), expected.shape());
  EXPECT_THAT(actual.values<double>(), Pointwise(DoubleNear(1e-9), expected.values<double>()));
}

TEST(SpectralNorm, ItsStateHasPyTorchsNamesAndShapes) {
  Rng rng(1);
  const auto described = [](const auto& tensors) {
    std::vector<std::string> result;
    for (const auto& [name, tensor] : tensors) result.push_back(name + " " + tensor.shape().to_string());
    return result;
  };
  EXPECT_THAT(described(convolution(rng).state_dict()),
              ElementsAre("bias 5", parametrization + "0._u 5", parametrization + "0._v 24",
                          parametrization + "original 5x3x2x4"));
  EXPECT_THAT(described(SpectralNorm(Linear(3, 2, {.bias = false}, rng), {}, rng).state_dict()),
              ElementsAre(parametrization + "0._u 2", parametrization + "0._v 3", parametrization + "original 2x3"));
  EXPECT_THAT(described(convolution(rng).named_parameters()),
              ElementsAre("bias 5", parametrization + "original 5x3x2x4"));
}

// _v lies in PyTorch's order, channels before pixels, not in that of the weight in memory.
TEST(SpectralNorm, TheVectorsBelongToTheRowsAndColumnsOfTheWeight) {
  Rng rng(1);
  SpectralNorm layer = convolution(rng, {.n_power_iterations = 2000});
  layer(random({1, 3, 4, 4}, rng));
  const Parts parts(layer);
  const double sigma = largest_singular_value(layer.weight);
  EXPECT_LT(norm(matmul(parts.w, parts.v) - sigma * parts.u), 1e-9);
  EXPECT_LT(norm(matmul(transposed(parts.w), parts.u) - sigma * parts.v), 1e-9);
}

TEST(SpectralNorm, IsTheLayerWithItsWeightDividedByTheLargestSingularValue) {
  Rng rng(1);
  const Tensor image = random({2, 3, 6, 5}, rng), rows = random({4, 7}, rng);
  SpectralNorm convolved = convolution(rng, {.n_power_iterations = 2000});
  SpectralNorm linear(Linear(7, 3, rng), {.n_power_iterations = 2000}, rng);
  linear.to(DType::f64);
  expect_close(convolved(image), conv2d(image, convolved.weight * (1 / largest_singular_value(convolved.weight)),
                                        convolved.bias, {.stride = 2, .padding = 1}));
  expect_close(linear(rows),
               wisp::linear(rows, linear.weight * (1 / largest_singular_value(linear.weight)), linear.bias));
}

TEST(SpectralNorm, BeginsCloseAndImprovesWithEachCallInTrainingAlone) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    Rng rng(seed);
    SpectralNorm layer = convolution(rng);
    const double exact = largest_singular_value(layer.weight);
    const Parts first(layer);
    const Tensor image = random({1, 3, 4, 4}, rng);
    double error = 1 - first.sigma() / exact;
    EXPECT_LT(error, 0.01) << seed;
    layer.eval();
    layer(image);
    EXPECT_EQ(Parts(layer).u.values<double>(), first.u.values<double>());
    EXPECT_EQ(Parts(layer).v.values<double>(), first.v.values<double>());
    layer.train();
    const NoGrad guard;
    for (int i = 0; i < 1000; ++i) {
      layer(image);
      const double before = std::exchange(error, 1 - Parts(layer).sigma() / exact);
      ASSERT_LE(error, before + 1e-14) << seed << " " << i;
    }
    EXPECT_NEAR(error, 0, 1e-12) << seed;
    EXPECT_NE(Parts(layer).u.values<double>(), first.u.values<double>());
  }
}

// From the vectors of another weight, where u comes first can be seen. Large weights are worked on in parts.
TEST(SpectralNorm, ACallIsAStepOfUAndThenOneOfV) {
  Rng rng(1);
  const auto expect_step = [&](auto layer, const Shape& input) {
    layer.to(DType::f64);
    layer.weight.detach().copy_(random(layer.weight.shape(), rng));
    const Parts before(layer);
    layer(random(input, rng));
    const Parts after(layer);
    const Tensor u = unit(matmul(before.w, before.v)), v = unit(matmul(transposed(before.w), u));
    EXPECT_LT(norm(after.u - u), 1e-12);
    EXPECT_LT(norm(after.v - v), 1e-12);
  };
  expect_step(convolution(rng), {1, 3, 4, 4});
  expect_step(SpectralNorm(Linear(1100, 130, rng), {}, rng), {1, 1100});
}

// Miyato et al., equation 10.
TEST(SpectralNorm, TheGradientIsThatOfConstantVectors) {
  Rng rng(1);
  SpectralNorm layer(Linear(7, 3, {.bias = false}, rng), {}, rng);
  layer.to(DType::f64);
  const Tensor x = random({4, 7}, rng), g = random({4, 3}, rng);
  for (const bool training : {true, false}) {
    layer.zero_grad();
    layer.train(training);
    sum(layer(x) * g).backward();
    const Parts parts(layer);
    const double sigma = parts.sigma();
    const Tensor of_normalised = matmul(transposed(g), x);
    const double along = sum(of_normalised * parts.w).item<double>() / sigma;
    const Tensor expected = (of_normalised - along * matmul(parts.u, transposed(parts.v))) * (1 / sigma);
    EXPECT_LT(norm(layer.weight.grad() - expected), 1e-12 * norm(expected));
  }
}

// loss = D(real) - D(fake), as in GANs; and a call in evaluation mode before one in training.
TEST(SpectralNorm, SeveralCallsBeforeBackward) {
  Rng rng(1);
  const Tensor a = random({2, 3, 6, 5}, rng), b = random({2, 3, 6, 5}, rng);
  for (const bool training : {true, false}) {
    SpectralNorm together = convolution(rng), apart = convolution(rng);
    apart.load_state_dict(together.state_dict());
    together.train(training);
    const Tensor first = sum(together(a));
    together.train();
    (first - sum(together(b))).backward();
    apart.train(training);
    sum(apart(a)).backward();
    apart.train();
    (-sum(apart(b))).backward();
    expect_close(together.weight.grad(), apart.weight.grad());
  }
}

TEST(SpectralNorm, ALoadedStateIsTheSameLayer) {
  Rng rng(1);
  Sequential from(convolution(rng)), to(convolution(rng));
  const Tensor image = random({2, 3, 6, 5}, rng);
  from(image);
  to.load_state_dict(from.state_dict());
  for (const bool training : {true, false}) {
    from.train(training);
    to.train(training);
    EXPECT_EQ(to(image).values<double>(), from(image).values<double>());
  }
  StateDict state = from.state_dict();
  state.erase("0." + parametrization + "0._v");
  EXPECT_THAT(message_of([&] { to.load_state_dict(state); }), HasSubstr("0." + parametrization + "0._v is missing"));
}

TEST(SpectralNorm, DoesNotDependOnTheNumberOfThreads) {
  const auto run = [](int threads) {
    const testing::Threads scope(threads);
    Rng rng(1);
    const Tensor weight = Tensor::randn({300, 64, 4, 4}, rng).set_requires_grad(true);
    SpectralNormWeight normalize(weight, {}, rng);
    const Tensor y = normalize(weight);
    sum(y * Tensor::randn(y.shape(), rng)).backward();
    std::vector<std::vector<float>> results{y.values<float>(), weight.grad().values<float>()};
    for (const auto& [name, vector] : normalize.named_buffers()) results.push_back(vector.values<float>());
    return results;
  };
  const auto one = run(1);
  for (const int threads : {2, 3}) EXPECT_TRUE(run(threads) == one) << threads;
}

// As in PyTorch: vectors of length 0, and 0 / 0.
TEST(SpectralNorm, AWeightOfZerosBecomesNaN) {
  Rng rng(1);
  SpectralNormWeight normalize(Tensor::zeros({2, 3}), {}, rng);
  for (const bool training : {true, false}) {
    normalize.train(training);
    for (const float value : normalize(Tensor::zeros({2, 3})).values<float>()) EXPECT_TRUE(std::isnan(value));
    for (const auto& [name, vector] : normalize.named_buffers())
      for (const float value : vector.values<float>()) EXPECT_EQ(value, 0) << name;
  }
}

TEST(SpectralNorm, MistakesAreNamed) {
  Rng rng(1);
  const auto message = [&](const SpectralNormOptions& options) {
    return message_of([&] { convolution(rng, options); });
  };
  EXPECT_THAT(message({.n_power_iterations = 0}),
              AllOf(HasSubstr("SpectralNorm: n_power_iterations"), HasSubstr("given 0")));
  EXPECT_THAT(message({.eps = -1.0}), AllOf(HasSubstr("SpectralNorm: eps"), HasSubstr("-1")));
  EXPECT_THAT(message({.eps = std::numeric_limits<double>::quiet_NaN()}), HasSubstr("nan"));
  EXPECT_THAT(message_of([&] { SpectralNormWeight(Tensor::ones({3}), {}, rng); }), HasSubstr("rank 2 or more"));
}

// The same bits whatever the power of two: no length or product leaves the range of f32 on the way.
TEST(SpectralNormExtremes, AScaleChangesNothing) {
  Rng rng(17);
  const Tensor weight = Tensor::randn({6, 5, 3, 3}, rng), start = Tensor::randn({1, 5, 3, 3}, rng),
               g = Tensor::randn({6, 5, 3, 3}, rng);
  const auto normalized = [&](double scale) {
    const Tensor w = (weight * scale).detach().set_requires_grad(true);
    const SingularVectors vectors = power_iteration(w, start, 0.0);
    const Tensor y = spectral_norm(w, vectors);
    const Tensor first = grad({y}, {w}, {.grad_outputs = {g}, .create_graph = true})[0];
    const Tensor second = grad({sum(first * weight)}, {w})[0];
    return std::vector{vectors.u.values<float>(), vectors.v.values<float>(), y.values<float>(),
                       (first * scale).values<float>(), (second * scale * scale).values<float>()};
  };
  const auto expected = normalized(1.0);
  for (const int exponent : {-60, 50, 118}) {  // at the last the gradients are denormal
    const auto actual = normalized(std::exp2(exponent));
    for (std::size_t part = 0; part < (exponent == 118 ? 3 : 5); ++part)
      EXPECT_EQ(actual[part], expected[part]) << "2^" << exponent << " part " << part;
  }
}

TEST(SpectralNormExtremes, ASingularValueBeyondF32) {
  constexpr float largest = 3e38f;
  const Tensor weight = Tensor::full({2, 2}, largest).set_requires_grad(true), half = Tensor::full({2}, std::sqrt(0.5));
  const Tensor y = spectral_norm(weight, {half, half.reshape({1, 2})});  // sigma = 6e38
  EXPECT_THAT(y.values<float>(), ::testing::Each(::testing::FloatNear(0.5f, 1e-6f)));
  // g less its part along u v^T, over sigma: (g - 0.25 g sum) / sigma of a g with one number.
  const Tensor g = Tensor::from({2, 2}, {largest, 0.f, 0.f, 0.f});
  EXPECT_THAT(grad({y}, {weight}, {.grad_outputs = {g}})[0].values<float>(),
              ::testing::Pointwise(::testing::FloatNear(1e-6f), {0.375f, -0.125f, -0.125f, -0.125f}));
}

TEST(SpectralNormExtremes, AGradientWhoseLengthIsBeyondF32) {
  const Tensor weight = Tensor::ones({2, 2}).set_requires_grad(true), half = Tensor::full({2}, std::sqrt(0.5));
  const Tensor y = spectral_norm(weight, {half, half.reshape({1, 2})});
  const Tensor g = Tensor::full({2, 2}, 3e38);  // all of it is along u v^T
  EXPECT_THAT(grad({y}, {weight}, {.grad_outputs = {g}})[0].values<float>(),
              ::testing::Each(::testing::FloatNear(0.f, 1e32f)));
}

}  // namespace
}  // namespace wisp::nn
