// SGD against four steps of torch.optim.SGD (PyTorch 2.13, float64).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include <tests/optim/four_steps.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/optim/sgd.h>

namespace wisp::optim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

using testing::expect_after_four_steps;
using testing::start;

TEST(SGD, Plain) { expect_after_four_steps<SGD>(SGDOptions{.lr = 0.1}, {0.39, -1.26, 1.86, 0.735, -0.12, 3.02}); }

TEST(SGD, WeightDecay) {
  expect_after_four_steps<SGD>(SGDOptions{.lr = 0.1, .weight_decay = 0.05},
                               {0.3806235028125, -1.2351353807812502, 1.8218402637499997, 0.72056150046875,
                                -0.11784144631249999, 2.958659726875});
}

TEST(SGD, Momentum) {
  expect_after_four_steps<SGD>(SGDOptions{.lr = 0.1, .momentum = 0.9},
                               {0.29532, -1.27404, 1.6116, 0.65625, -0.14637, 3.3053});
}

TEST(SGD, DampeningSparesTheFirstStep) {
  expect_after_four_steps<SGD>(SGDOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.3, .weight_decay = 0.05},
                               {0.31849240671468754, -1.1804718647329688, 1.55512095946625, 0.6572453605357812,
                                -0.15906937953518752, 3.305150469818125});
}

TEST(SGD, Nesterov) {
  expect_after_four_steps<SGD>(SGDOptions{.lr = 0.1, .momentum = 0.8, .weight_decay = 0.05, .nesterov = true},
                               {0.21380222232449994, -1.21648933488925, 1.4966888151420001, 0.63129992972075,
                                -0.1450451975301, 3.0468819504430003});
}

TEST(SGD, ParametersWithoutGradientsAreLeftAlone) {
  Tensor with = start(), without = start();
  SGD optimizer({without, with}, {.lr = 0.1, .momentum = 0.9, .weight_decay = 0.5});
  const std::uint64_t version = without.storage()->version;
  with.set_grad(Tensor::ones({2, 3}, DType::f64));
  optimizer.step();
  EXPECT_EQ(without.values<double>(), start().values<double>());
  EXPECT_EQ(without.storage()->version, version);
  EXPECT_NE(with.values<double>(), start().values<double>());
}

TEST(SGD, MomentumStartsWithAParametersFirstGradient) {
  // With dampening 1 every gradient but the first is ignored.
  Tensor p = Tensor::from({1}, {0.0}).set_requires_grad(true);
  SGD optimizer({p}, {.lr = 1, .momentum = 1, .dampening = 1});
  optimizer.step();  // no gradient yet
  p.set_grad(Tensor::from({1}, {3.0}));
  optimizer.step();
  EXPECT_EQ(p.item<double>(), -3);
  p.set_grad(Tensor::from({1}, {100.0}));
  optimizer.step();
  EXPECT_EQ(p.item<double>(), -6);
}

TEST(SGD, UpdatesInPlaceAndCountsTheWrite) {
  Tensor p = Tensor::ones({2}).set_requires_grad(true);
  const Tensor alias = p.detach();
  const std::uint64_t version = p.storage()->version;
  SGD optimizer({p}, {.lr = 0.5});
  p.set_grad(Tensor::ones({2}));
  optimizer.step();
  EXPECT_THAT(alias.values<float>(), ElementsAre(0.5f, 0.5f));
  EXPECT_GT(p.storage()->version, version);
}

TEST(SGD, ZeroGradClearsGradients) {
  Tensor p = start();
  SGD optimizer({p});
  p.set_grad(Tensor::ones({2, 3}, DType::f64));
  optimizer.zero_grad();
  EXPECT_FALSE(p.grad().defined());
}

TEST(SGD, RefusesNumbersOutOfRange) {
  EXPECT_THAT([] { SGD({start()}, {.lr = -0.1}); }, ThrowsMessage<Error>(AllOf(HasSubstr("lr"), HasSubstr("-0.1"))));
  EXPECT_THROW(SGD({start()}, {.lr = std::numeric_limits<double>::quiet_NaN()}), Error);
  EXPECT_THROW(SGD({start()}, {.lr = std::numeric_limits<double>::infinity()}), Error);
  EXPECT_THAT([] { SGD({start()}, {.momentum = -1}); }, ThrowsMessage<Error>(HasSubstr("momentum")));
  EXPECT_THAT([] { SGD({start()}, {.weight_decay = -1}); }, ThrowsMessage<Error>(HasSubstr("weight_decay")));
}

TEST(SGD, NesterovNeedsMomentumWithoutDampening) {
  EXPECT_THROW(SGD({start()}, {.nesterov = true}), Error);
  EXPECT_THROW(SGD({start()}, {.momentum = 0.9, .dampening = 0.1, .nesterov = true}), Error);
  EXPECT_NO_THROW(SGD({start()}, {.momentum = 0.9, .nesterov = true}));
}

TEST(Optimizer, NeedsLeavesThatRequireGrad) {
  const Tensor constant = Tensor::ones({4, 2});
  EXPECT_THAT([&] { SGD({start(), constant}); }, ThrowsMessage<Error>(AllOf(HasSubstr("1"), HasSubstr("4x2"))));
  EXPECT_THROW(SGD({start() * 2.0}), Error);
  EXPECT_THROW(SGD(Tensors{}), Error);
}

}  // namespace
}  // namespace wisp::optim
