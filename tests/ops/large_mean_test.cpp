// Normalisation where the spread is small beside the mean, and where squares leave f32: as exact as in f64, rounded.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <vector>

#include <tests/threads.h>
#include <wisp/autograd/backward.h>
#include <wisp/core/rng.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/batch_norm.h>
#include <wisp/ops/group_norm.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp::testing {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

using Norm = std::function<Tensor(const Tensor& x, const Tensor& weight, const Tensor& bias)>;

Tensor train_batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return batch_norm(x, {}, {}, weight, bias, true);
}
Tensor train_leaky(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return batch_norm_leaky_relu(x, {}, {}, weight, bias, true, 0.1, 1e-5, 0.2);
}
Tensor evaluate_batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const DType dtype = compute_dtype(x.dtype());
  const Tensor running_mean = Tensor::full({x.dim(1)}, 1000.1, DType::f32).to(dtype);
  return batch_norm(x, running_mean, Tensor::full({x.dim(1)}, 1e-6, DType::f32).to(dtype), weight, bias, false);
}
Tensor two_groups(const Tensor& x, const Tensor& weight, const Tensor& bias) { return group_norm(x, 2, weight, bias); }
Tensor instances(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return group_norm(x, x.dim(1), weight, bias);
}

TEST(LargeMean, AConstantChannelIsNormalizedToZero) {
  for (const double value : {1000.1, 12345.678, -1e-3, 3e38, 0.1})
    for (const DType dtype : {DType::f32, DType::f64, DType::bf16})
      for (const Shape& shape : {Shape{3, 4, 7, 9}, Shape{300, 4}, Shape{2, 4, 200}})
        for (const Norm& norm : {Norm(train_batch_norm), Norm(train_leaky), Norm(two_groups), Norm(instances)}) {
          const Tensor y = norm(Tensor::full(shape, value, dtype), {}, {});
          for (const double number : y.to(DType::f64).values<double>())
            ASSERT_EQ(number, 0.0) << value << " " << name_of(dtype) << " " << shape.to_string();
        }
}

TEST(LargeMean, RunningStatisticsOfAConstantAreTheConstantAndZero) {
  for (const float value : {12345.678f, 1000.1f, 16777215.0f}) {
    const Tensor mean = Tensor::full({2}, 5.0), variance = Tensor::full({2}, 5.0);
    batch_norm(Tensor::full({64, 2, 14, 14}, value), mean, variance, {}, {}, true, 1.0);
    EXPECT_EQ(mean.values<float>(), (std::vector<float>{value, value}));
    EXPECT_EQ(variance.values<float>(), (std::vector<float>{0, 0}));
    for (int batch = 2; batch < 9; ++batch)
      batch_norm(Tensor::full({64, 2, 3, 3}, value), mean, variance, {}, {}, true, 1.0 / batch);
    EXPECT_EQ(mean.values<float>(), (std::vector<float>{value, value})) << "the mean of nine equal batches";
  }
}

// Value, gradients, and gradients of those.
Tensors everything(const Norm& norm, const Tensor& given_x, DType dtype) {
  Rng rng(9);
  const auto draw = [&](const Shape& shape, DType to) { return Tensor::randn(shape, rng).to(to); };
  const Tensor x = (given_x.detach() * 1.0).to(dtype).detach().set_requires_grad(true);
  const DType wide = compute_dtype(dtype);
  const Tensor weight = draw({x.dim(1)}, wide).set_requires_grad(true);
  const Tensor bias = draw({x.dim(1)}, wide).set_requires_grad(true);
  const Tensor cotangent = draw(x.shape(), dtype), direction = draw(x.shape(), dtype);
  const Tensor y = norm(x, weight, bias);
  const Tensors first = grad({y}, {x, weight, bias}, {.grad_outputs = {cotangent}, .create_graph = true});
  const Tensors second = grad({sum(first[0] * direction)}, {x, weight}, {.allow_unused = true});
  return {y, first[0], first[1], first[2], second[0], second[1]};
}

// The largest difference, in units of the largest number.
double difference(const Tensor& a, const Tensor& b) {
  const auto p = a.to(DType::f64).values<double>(), q = b.to(DType::f64).values<double>();
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    worst = std::isnan(p[i]) ? infinity : std::max(worst, std::abs(p[i] - q[i]));
    largest = std::max(largest, std::abs(q[i]));
  }
  return largest == 0 ? worst : worst / largest;
}

void expect_as_in_f64(const Norm& norm, const Tensor& x, double tolerance, const char* name) {
  const Tensors narrow = everything(norm, x, DType::f32), wide = everything(norm, x, DType::f64);
  const char* names[] = {"y", "grad x", "grad weight", "grad bias", "second grad x", "second grad weight"};
  for (std::size_t i = 0; i < narrow.size(); ++i)
    if (wide[i].defined()) {
      EXPECT_LT(difference(narrow[i], wide[i]), tolerance) << name << ": " << names[i];
    }
}

// 1000 and noise of a thousandth: f32 has 16 numbers to the standard deviation, and a rounded mean is off by 3e-5.
TEST(LargeMean, SmallNoiseIsNormalizedAsInF64) {
  Rng rng(4);
  for (const Shape& shape : {Shape{16, 4, 9, 7}, Shape{700, 4}}) {
    const Tensor x = (Tensor::randn(shape, rng, DType::f64) * 1e-3 + 1000.1).to(DType::f32);
    expect_as_in_f64(train_batch_norm, x, 2e-6, "batch_norm");
    expect_as_in_f64(train_leaky, x, 2e-6, "batch_norm_leaky_relu");
    expect_as_in_f64(evaluate_batch_norm, x, 2e-6, "evaluation");
  }
  const Tensor x = (Tensor::randn({6, 4, 9, 7}, rng, DType::f64) * 1e-3 + 1000.1).to(DType::f32);
  expect_as_in_f64(two_groups, x, 5e-6, "group_norm");
  expect_as_in_f64(instances, x, 5e-6, "instance norm");
}

TEST(LargeMean, SquaresBeyondF32AreNoInfinity) {
  Rng rng(4);
  const Tensor x = Tensor::randn({6, 4, 5, 7}, rng) * 1e25;
  for (const Norm& norm : {Norm(train_batch_norm), Norm(train_leaky), Norm(two_groups), Norm(instances)}) {
    const Tensor y = norm(x, {}, {}), expected = norm(x.to(DType::f64), {}, {});
    EXPECT_LT(difference(y, expected), 1e-6);
  }
}

TEST(LargeMean, GroupNormOfBf16IsRoundedOnce) {
  Rng rng(4);
  const Tensor x = (Tensor::randn({3, 4, 6, 5}, rng) + 200.0).to(DType::bf16);
  EXPECT_LT(difference(two_groups(x, {}, {}), two_groups(x.to(DType::f64), {}, {})), 4e-3);
  EXPECT_LT(difference(train_batch_norm(x, {}, {}), train_batch_norm(x.to(DType::f64), {}, {})), 4e-3);
}

// As PyTorch: the channel is NaN, its mean infinite or NaN; the other channel is as it would be.
TEST(BatchNormExtremes, InfinityAndNaNStayInTheirChannel) {
  for (const double bad : {infinity, -infinity, std::nan("")})
    for (const std::int64_t row : {0, 5, 200}) {
      std::vector<float> values(600);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 7);
      values[static_cast<std::size_t>(row) * 2] = static_cast<float>(bad);
      const Tensor mean = Tensor::zeros({2}), variance = Tensor::ones({2});
      const std::vector<float> y =
          batch_norm(Tensor::from({300, 2}, values), mean, variance, {}, {}, true, 1.0).values<float>();
      for (std::size_t i = 0; i < y.size(); ++i) ASSERT_EQ(std::isnan(y[i]), i % 2 == 0) << bad << " " << i;
      const float running = mean.values<float>()[0];
      EXPECT_TRUE(std::isinf(bad) ? running == static_cast<float>(bad) : std::isnan(running)) << bad << " at " << row;
      EXPECT_TRUE(std::isnan(variance.values<float>()[0]));
      EXPECT_TRUE(std::isfinite(mean.values<float>()[1]) && std::isfinite(variance.values<float>()[1]));
    }
}

// x - infinity is -infinity, and without eps what differs from the mean of a spread of 0 is infinite.
TEST(BatchNormExtremes, EvaluationIsTheFormula) {
  const Tensor x = Tensor::from({1, 3}, {2.f, 2.f, 1.f});
  const Tensor y = batch_norm(x, Tensor::from({3}, {HUGE_VALF, 1.f, 1.f}), Tensor::from({3}, {1.f, 0.f, 4.f}), {}, {},
                              false, 0.1, 0.0);
  EXPECT_EQ(y.values<float>(), (std::vector<float>{-HUGE_VALF, HUGE_VALF, 0.0f}));
}

TEST(GroupNorm, SameBitsForAnyNumberOfThreads) {
  Rng rng(12);
  const Tensor x = Tensor::randn({5, 8, 9, 9}, rng);
  const auto bits = [&](int count) {
    const Threads guard(count);
    const Tensor input = x.detach().set_requires_grad(true);
    const Tensor y = group_norm(input, 4);
    return std::vector{y.values<float>(), grad({sum(square(y) * x)}, {input})[0].values<float>()};
  };
  for (const int count : {2, 3}) EXPECT_EQ(bits(count), bits(1));
}

// In f64 by definition; the f32 numbers are the same ones.
void expect_gradients_of_f64(const Norm& norm, const Tensor& x, const Tensor& g, double tolerance) {
  const auto gradients = [&](DType dtype) {
    const Tensor leaf = x.detach().to(dtype).set_requires_grad(true);
    const Shape channels{x.dim(1)};
    const Tensor weight = Tensor::ones(channels, dtype).set_requires_grad(true);
    const Tensor bias = Tensor::zeros(channels, dtype).set_requires_grad(true);
    std::vector<double> all;
    for (const Tensor& gradient :
         grad({norm(leaf, weight, bias)}, {leaf, weight, bias}, {.grad_outputs = {g.to(dtype)}}))
      for (const double value : gradient.to(DType::f64).values<double>()) all.push_back(value);
    return all;
  };
  const std::vector<double> actual = gradients(DType::f32), expected = gradients(DType::f64);
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], tolerance * std::abs(expected[i])) << i;
}

TEST(BatchNormExtremes, GradientsOfProductsBeyondF32) {
  const Tensor x = Tensor::from({4, 1}, {1e30f, -1e30f, 2e30f, -3e30f});
  expect_gradients_of_f64(train_batch_norm, x, Tensor::from({4, 1}, {1e10f, 2e10f, -1e10f, 3e10f}), 1e-5);
}

TEST(BatchNormExtremes, GradientsAreAddedUpExactly) {
  const Tensor x = Tensor::from({4, 1}, {0.f, 1.f, 2.f, 4.f}), bias = Tensor::zeros({1}).set_requires_grad(true);
  const Tensor y = batch_norm(x, {}, {}, Tensor::ones({1}), bias, true);
  EXPECT_EQ(grad({y}, {bias}, {.grad_outputs = {Tensor::from({4, 1}, {1e8f, 1.f, -1e8f, 0.f})}})[0].item<float>(), 1);
}

// A constant added to a channel is taken away again.
TEST(LargeMean, ALargeConstantCotangentGivesNoGradient) {
  Rng rng(5);
  const Tensor x = Tensor::randn({4096, 3}, rng).set_requires_grad(true);
  const Tensor y = batch_norm(x, {}, {}, Tensor::ones({3}), {}, true);
  for (const float g : grad({y}, {x}, {.grad_outputs = {Tensor::full({4096, 3}, 1000.1)}})[0].values<float>())
    ASSERT_NEAR(g, 0, 1e-6);
}

TEST(GroupNormExtremes, SmallAndLargeSpread) {
  Rng rng(6);
  const Tensor x = Tensor::randn({2, 4, 3, 5}, rng), g = Tensor::randn({2, 4, 3, 5}, rng);
  const auto without_eps = [](const Tensor& input, const Tensor& weight, const Tensor& bias) {
    return group_norm(input, 2, weight, bias, 0.0);
  };
  for (const auto& [spread, cotangent] : {std::pair{1e-25, 1e-10}, {1e18, 1e-6}, {1e18, 1.0}})
    expect_gradients_of_f64(without_eps, x * spread, g * cotangent, 1e-4);
}

}  // namespace
}  // namespace wisp::testing
