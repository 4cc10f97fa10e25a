// batch_norm and the leaky ReLU in one pass is the two ops one after the other; evaluation keeps its own statistics.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <wisp/autograd/backward.h>
#include <wisp/core/rng.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/batch_norm.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr double momentum = 0.3, eps = 1e-3;

void expect_near(const Tensor& actual, const Tensor& expected, double tolerance, const char* what) {
  ASSERT_EQ(actual.shape(), expected.shape()) << what;
  ASSERT_EQ(actual.dtype(), expected.dtype()) << what;
  const auto a = actual.to(DType::f64).values<double>(), b = expected.to(DType::f64).values<double>();
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_NEAR(a[i], b[i], tolerance * (1 + std::abs(b[i]))) << what << " element " << i;
}

struct Operands {
  Tensor x, weight, bias, running_mean, running_var, cotangent, direction;
};

Operands operands(const Shape& shape, DType dtype) {
  Rng rng(71);
  const Shape channels{shape[1]};
  const auto draw = [&](const Shape& s) { return Tensor::randn(s, rng, DType::f64).to(dtype); };
  return {draw(shape).set_requires_grad(true),
          draw(channels).set_requires_grad(true),
          draw(channels).set_requires_grad(true),
          draw(channels),
          square(draw(channels)) + 0.5,
          draw(shape).set_requires_grad(true),
          draw(shape)};
}

// The value, first gradients, gradients of those, and the running statistics behind it.
template <class Op>
Tensors everything(const Operands& o, Op op) {
  const Tensor mean = o.running_mean + 0.0, variance = o.running_var + 0.0;
  const Tensor y = op(mean, variance);
  const Tensors wanted{o.x, o.weight, o.bias};
  Tensors result{y, mean, variance};
  const Tensors first = grad({y}, wanted, {.grad_outputs = {o.cotangent}, .create_graph = true});
  result.insert(result.end(), first.begin(), first.end());
  const Tensor s = sum(first[0] * o.direction) + sum(square(first[1])) + sum(square(first[2]));
  for (const Tensor& g : grad({s}, {o.x, o.weight, o.cotangent})) result.push_back(g);
  return result;
}

void expect_fused_is_composed(const Shape& shape, DType dtype, bool training, double slope, double tolerance) {
  SCOPED_TRACE(::testing::Message() << shape.to_string() << (training ? " training" : " evaluation") << " slope "
                                    << slope << " " << name_of(dtype));
  const Operands o = operands(shape, dtype);
  const Tensors fused = everything(o, [&](const Tensor& mean, const Tensor& variance) {
    return batch_norm_leaky_relu(o.x, mean, variance, o.weight, o.bias, training, momentum, eps, slope);
  });
  const Tensors composed = everything(o, [&](const Tensor& mean, const Tensor& variance) {
    const Tensor v = batch_norm(o.x, mean, variance, o.weight, o.bias, training, momentum, eps);
    return slope == 0.0 ? relu(v) : leaky_relu(v, slope);
  });
  const char* names[] = {"value",         "running_mean",       "running_var",
                         "grad x",        "grad weight",        "grad bias",
                         "second grad x", "second grad weight", "second grad of the cotangent"};
  ASSERT_EQ(fused.size(), std::size(names));
  for (std::size_t i = 0; i < fused.size(); ++i) expect_near(fused[i], composed[i], tolerance, names[i]);
}

TEST(BatchNormLeakyRelu, IsTheTwoOpsOneAfterTheOther) {
  for (const Shape& shape : {Shape{3, 5, 7, 9}, Shape{6, 5, 4}, Shape{9, 5}})  // the first: several chunks of rows
    for (const bool training : {true, false})
      for (const double slope : {0.0, 0.2, 1.0, 1.7}) {
        expect_fused_is_composed(shape, DType::f64, training, slope, 1e-11);
        expect_fused_is_composed(shape, DType::f32, training, slope, 2e-4);
      }
}

TEST(BatchNormLeakyRelu, ANegativeSlopeIsAnError) {
  const Operands o = operands({4, 3, 2, 2}, DType::f32);
  EXPECT_THAT([&] { batch_norm_leaky_relu(o.x, {}, {}, o.weight, o.bias, true, momentum, eps, -0.1); },
              ThrowsMessage<Error>(AllOf(HasSubstr("batch_norm_leaky_relu"), HasSubstr("-0.1"))));
}

// A NaN in the input must be seen in the output, as it is behind relu.
TEST(BatchNormLeakyRelu, KeepsNaN) {
  for (const double slope : {0.0, 0.2}) {
    const Tensor x = Tensor::from({2, 2}, {1.0, std::numeric_limits<double>::quiet_NaN(), 2.0, 3.0});
    const std::vector<double> y = batch_norm_leaky_relu(x, {}, {}, {}, {}, true, momentum, eps, slope).values<double>();
    EXPECT_TRUE(std::isfinite(y[0]) && std::isfinite(y[2])) << "slope " << slope;
    EXPECT_TRUE(std::isnan(y[1]) && std::isnan(y[3])) << "slope " << slope;
  }
}

// Where a ReLU is off, an infinite gradient is 0, as behind relu.
TEST(BatchNormLeakyRelu, AnInfiniteGradientIsStoppedByRelu) {
  const Tensor x = Tensor::from({2, 1}, {-1.0, 1.0}).set_requires_grad(true);
  const Tensor y = batch_norm_leaky_relu(x, Tensor::zeros({1}, DType::f64), Tensor::ones({1}, DType::f64), {}, {},
                                         false, momentum, eps, 0.0);
  const Tensor g = Tensor::from({2, 1}, {std::numeric_limits<double>::infinity(), 1.0});
  const std::vector<double> dx = grad({y}, {x}, {.grad_outputs = {g}})[0].values<double>();
  EXPECT_EQ(dx[0], 0.0);
  EXPECT_NEAR(dx[1], 1 / std::sqrt(1 + eps), 1e-12);
}

// Training changes the running statistics in place, also between an evaluation and its backward.
TEST(BatchNormEvaluation, GradientsAreThoseOfTheStatisticsItSaw) {
  for (const double slope : {0.2, 1.0}) {
    const Operands o = operands({3, 4, 2, 5}, DType::f64);
    const auto gradients = [&](bool change) {
      Tensor mean = o.running_mean + 0.0, variance = o.running_var + 0.0;
      const Tensor y = batch_norm_leaky_relu(o.x, mean, variance, o.weight, o.bias, false, momentum, eps, slope);
      const auto disturb = [&] {
        if (!change) return;
        batch_norm(o.cotangent.detach() * 5.0 + 3.0, mean, variance, {}, {}, true, momentum, eps);
        mean.copy_(mean + 1.0);
        variance.copy_(variance * 7.0);
      };
      disturb();
      const Tensors first = grad({y}, {o.x, o.weight, o.bias}, {.grad_outputs = {o.cotangent}, .create_graph = true});
      disturb();
      const Tensor second = grad({sum(square(first[0]))}, {o.weight})[0];
      return Tensors{first[0].detach(), first[1].detach(), first[2].detach(), second};
    };
    const Tensors undisturbed = gradients(false), disturbed = gradients(true);
    for (std::size_t i = 0; i < undisturbed.size(); ++i)
      EXPECT_EQ(disturbed[i].values<double>(), undisturbed[i].values<double>()) << i << ", slope " << slope;
  }
}

// Rows beyond one chunk, numbers far from zero, in f32: close to the answer in f64.
TEST(BatchNormTraining, OfNumbersFarFromZeroIsCloseToF64) {
  Rng rng(72);
  const Tensor x = Tensor::randn({5, 3, 13, 9}, rng, DType::f64) + 1e4;
  const Tensor narrow = x.to(DType::f32), wide = narrow.to(DType::f64);
  const auto run = [](const Tensor& input) { return batch_norm(input, {}, {}, {}, {}, true, momentum, eps); };
  expect_near(run(narrow), run(wide).to(DType::f32), 3e-3, "value");
}

TEST(BatchNormTraining, AMomentumOfZeroLeavesTheRunningStatistics) {
  const Tensor mean = Tensor::full({1}, 2.0), variance = Tensor::full({1}, 3.0);
  const Tensor x = Tensor::from({3, 1}, {1.f, std::numeric_limits<float>::infinity(), 2.f});
  batch_norm(x, mean, variance, {}, {}, true, 0.0);
  EXPECT_EQ(mean.item<float>(), 2);
  EXPECT_EQ(variance.item<float>(), 3);
}

TEST(BatchNormTraining, WritesBothRunningStatisticsOrNeither) {
  const Tensor mean = Tensor::zeros({1});
  Tensor original = Tensor::ones({1, 1});
  const Tensor variance = original.reshape({1});
  original.set_requires_grad(true);  // the variance can no longer be written
  EXPECT_THROW(batch_norm(Tensor::from({2, 1}, {1.f, 5.f}), mean, variance, {}, {}, true), Error);
  EXPECT_EQ(mean.item<float>(), 0);
}

}  // namespace
}  // namespace wisp::testing
