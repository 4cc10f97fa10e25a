// Adam and AdamW against four steps of PyTorch 2.13 in float64, and against the formula.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <iterator>
#include <limits>

#include <tests/optim/four_steps.h>
#include <tests/threads.h>
#include <wisp/optim/adam.h>

namespace wisp::optim {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

using testing::expect_after_four_steps;
using testing::expect_near;
using testing::gradients;
using testing::start;

TEST(Adam, Defaults) {
  expect_after_four_steps<Adam>(AdamOptions{}, {0.49733378572615844, -1.2495901965370892, 1.9975096679978295,
                                                0.748356463494981, -0.10120112197168708, 3.0012806723295546});
}

TEST(Adam, AsDcganUsesIt) {
  expect_after_four_steps<Adam>(AdamOptions{.lr = 2e-4, .betas = {0.5, 0.999}},
                                {0.4994368568600028, -1.2499720350411727, 1.9996085873016773, 0.7496649242537561,
                                 -0.1001865559069362, 3.0001324381474546});
}

TEST(Adam, AllOptions) {
  expect_after_four_steps<Adam>(AdamOptions{.lr = 0.05, .betas = {0.7, 0.95}, .eps = 1e-3, .weight_decay = 0.1},
                                {0.3481324728986794, -1.1955674859650856, 1.8676743970600265, 0.6011106957134297,
                                 -0.14457042911285928, 3.018810984364762});
}

TEST(AdamW, Defaults) {
  expect_after_four_steps<AdamW>(AdamWOptions{}, {0.4973138280642411, -1.2495402195581617, 1.9974297194441935,
                                                  0.7483264872930915, -0.10119709274042898, 3.001160640179989});
}

TEST(AdamW, AllOptions) {
  expect_after_four_steps<AdamW>(AdamWOptions{.lr = 0.05, .betas = {0.7, 0.95}, .eps = 1e-3, .weight_decay = 0.2},
                                 {0.34715650689939376, -1.189251988366021, 1.8120918218213744, 0.6391796520655461,
                                  -0.1470504021445529, 2.9290085704976816});
}

TEST(Adam, TheFirstStepIsTheLearningRateInTheGradientsDirection) {
  Tensor p = Tensor::from({2}, {1.0, 1.0}).set_requires_grad(true);
  Adam optimizer({p}, {.lr = 0.25, .eps = 0});
  p.set_grad(Tensor::from({2}, {1e-6, -1e3}));
  optimizer.step();
  expect_near(p, {0.75, 1.25});
}

TEST(Adam, AStepWithoutAGradientIsNoStep) {
  // The second gradient is skipped: neither the moments nor the bias correction move.
  Tensor p = start();
  Adam optimizer({p}, {.lr = 0.05});
  for (std::size_t i = 0; i < 4; ++i) {
    p.set_grad(i == 1 ? Tensor{} : Tensor::from({2, 3}, gradients[i]));
    optimizer.step();
  }
  expect_near(p, {0.3607066517519536, -1.1462528897133968, 1.9336657125922092, 0.7197781376108172, -0.23045343094673357,
                  3.1104990231884795});
}

TEST(Adam, EachParameterCountsItsOwnSteps) {
  Tensor early = start(), late = start();
  Adam optimizer({late, early}, {.lr = 0.05});
  early.set_grad(Tensor::from({2, 3}, gradients[0]));
  optimizer.step();
  EXPECT_EQ(late.values<double>(), start().values<double>());
  const std::vector<double> after_first = early.values<double>();
  early.set_grad({});
  late.set_grad(Tensor::from({2, 3}, gradients[0]));
  optimizer.step();
  expect_near(late, after_first);
  expect_near(early, after_first);
}

TEST(Adam, MatchesTheFormulaOnImagesInFloat) {
  const Shape shape{2, 3, 4, 5};
  std::vector<float> p0(120), g0(120);
  for (std::size_t i = 0; i < 120; ++i) {
    p0[i] = static_cast<float>(std::sin(0.7 * static_cast<double>(i)));
    g0[i] = static_cast<float>(std::cos(1.3 * static_cast<double>(i)));
  }
  Tensor p = Tensor::from(shape, p0).set_requires_grad(true);
  Adam optimizer({p}, {.lr = 0.01, .betas = {0.5, 0.9}});
  for (int t = 0; t < 5; ++t) {
    std::vector<float> gradient = g0;
    for (float& g : gradient) g *= static_cast<float>(t + 1);
    p.set_grad(Tensor::from(shape, gradient));
    optimizer.step();
  }
  const std::vector<float> got = p.values<float>();
  for (std::size_t i = 0; i < 120; ++i) {
    double value = p0[i], m = 0, v = 0;
    for (int t = 1; t <= 5; ++t) {
      const double g = static_cast<double>(g0[i]) * t;
      m = 0.5 * m + 0.5 * g;
      v = 0.9 * v + 0.1 * g * g;
      value -= 0.01 * (m / (1 - std::pow(0.5, t))) / (std::sqrt(v / (1 - std::pow(0.9, t))) + 1e-8);
    }
    ASSERT_NEAR(got[i], value, 1e-6) << i;
  }
}

template <class T>
class AdamOptionErrors : public ::testing::Test {};
using Kinds = ::testing::Types<std::pair<Adam, AdamOptions>, std::pair<AdamW, AdamWOptions>>;
TYPED_TEST_SUITE(AdamOptionErrors, Kinds);

TYPED_TEST(AdamOptionErrors, NumbersOutOfRangeAreNamed) {
  using Optimizer = typename TypeParam::first_type;
  using Options = typename TypeParam::second_type;
  const auto make = [](const Options& options) { return [options] { Optimizer({start()}, options); }; };
  EXPECT_THAT(make({.lr = -1}), ThrowsMessage<Error>(HasSubstr("lr")));
  EXPECT_THAT(make({.lr = std::numeric_limits<double>::infinity()}), ThrowsMessage<Error>(HasSubstr("lr")));
  EXPECT_THAT(make({.betas = {1.0, 0.999}}), ThrowsMessage<Error>(HasSubstr("betas")));
  EXPECT_THAT(make({.betas = {0.9, -0.1}}), ThrowsMessage<Error>(HasSubstr("betas")));
  EXPECT_THAT(make({.betas = {0.9, std::numeric_limits<double>::quiet_NaN()}}),
              ThrowsMessage<Error>(HasSubstr("betas")));
  EXPECT_THAT(make({.eps = -1e-8}), ThrowsMessage<Error>(HasSubstr("eps")));
  EXPECT_THAT(make({.weight_decay = -0.1}), ThrowsMessage<Error>(HasSubstr("weight_decay")));
  EXPECT_NO_THROW(make({.lr = 0, .betas = {0, 0}, .eps = 0, .weight_decay = 0})());
}

// The threads of this process after a step of two parameters of `size` numbers.
std::ptrdiff_t threads_after_step(std::int64_t size) {
  Tensors parameters;
  for (int i = 0; i < 2; ++i) {
    parameters.push_back(Tensor::ones({size}).set_requires_grad(true));
    parameters.back().set_grad(Tensor::ones({size}));
  }
  Adam(parameters).step();
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

TEST(Adam, WakesNoThreadsForAFewNumbers) {
  const std::ptrdiff_t before = threads_after_step(1);
  const testing::Threads guard(31);  // more than there have been: waking them makes them
  EXPECT_EQ(threads_after_step(20), before);
  EXPECT_GT(threads_after_step(20000), before);
}

}  // namespace
}  // namespace wisp::optim
