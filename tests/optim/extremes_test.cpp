// Updates where something is infinite or far apart: a weight of 0 takes no part, nothing cancels or overflows that need
// not. The values are PyTorch's where nothing is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include <wisp/optim/adam.h>
#include <wisp/optim/ema.h>
#include <wisp/optim/sgd.h>

namespace wisp::optim {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::FloatNear;

constexpr float infinity = std::numeric_limits<float>::infinity();

Tensor vector(float a, float b) { return Tensor::from({2}, {a, b}); }

TEST(OptimizerExtremes, NoWeightDecayOfAnInfiniteParameter) {
  const auto expect = [](auto make, const char* moment, float second, float of_moment) {
    Tensor p = vector(infinity, 1).set_requires_grad(true);
    auto optimizer = make(p);
    p.set_grad(vector(1, 1));
    optimizer.step();
    EXPECT_THAT(p.values<float>(), ElementsAre(infinity, FloatNear(second, 1e-6f)));
    if (moment == nullptr) return;
    EXPECT_THAT(optimizer.state_dict().at(moment).template values<float>(),
                ElementsAre(FloatEq(of_moment), FloatEq(of_moment)));
  };
  expect([](const Tensor& p) { return SGD({p}, {.lr = 0.1}); }, nullptr, 0.9f, 0);
  expect([](const Tensor& p) { return SGD({p}, {.lr = 0.1, .momentum = 0.9}); }, "0.momentum_buffer", 0.9f, 1);
  expect([](const Tensor& p) { return Adam({p}, {.lr = 0.1}); }, "0.exp_avg", 0.9f, 0.1f);
  expect([](const Tensor& p) { return AdamW({p}, {.lr = 0.1}); }, "0.exp_avg", 0.899f, 0.1f);
}

TEST(OptimizerExtremes, AdamWithoutAFirstMomentForgetsTheLastGradient) {
  Tensor p = vector(0, 0).set_requires_grad(true);
  Adam adam({p}, {.lr = 0.1, .betas = {0.0, 0.9}});
  for (const Tensor& gradient : {vector(1e10f, infinity), vector(1, 1e-5f)}) {
    p.set_grad(gradient);
    adam.step();
  }
  // PyTorch's second is NaN: 0 times infinity.
  EXPECT_THAT(adam.state_dict().at("0.exp_avg").values<float>(), ElementsAre(1.f, 1e-5f));
}

// By formula: PyTorch multiplies 0 and infinity.
TEST(OptimizerExtremes, AWholeDampeningOfAnInfiniteGradient) {
  Tensor p = vector(0, 0).set_requires_grad(true);
  SGD sgd({p}, {.lr = 1, .momentum = 0.5, .dampening = 1});
  for (const Tensor& gradient : {vector(2, 2), vector(infinity, 3)}) {
    p.set_grad(gradient);
    sgd.step();
  }
  EXPECT_THAT(p.values<float>(), ElementsAre(-3.f, -3.f));  // velocities 2 and 1
}

TEST(EmaExtremes, IsTheFormula) {
  const auto average = [](Tensor from, const Tensor& parameter, double decay) {
    ema_update({from}, {parameter}, decay);
    return from.values<float>();
  };
  EXPECT_THAT(average(vector(1e20f, infinity), vector(1, 1), 1e-30), ElementsAre(1.f, infinity));
  EXPECT_THAT(average(vector(infinity, 1), vector(infinity, infinity), 0.9), ElementsAre(infinity, infinity));
  EXPECT_THAT(average(vector(3e38f, 0.1f), vector(-3e38f, 0.1f), 0.9), ElementsAre(FloatEq(2.4e38f), 0.1f));
  EXPECT_THAT(average(vector(infinity, 1), vector(2, 3), 0), ElementsAre(2.f, 3.f));
  EXPECT_THAT(average(vector(2, 3), vector(infinity, 1), 1), ElementsAre(2.f, 3.f));
}

}  // namespace
}  // namespace wisp::optim
