// A tensor that backward needs and that was changed in place since throws; other changes do not matter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include <tests/leaf.h>
#include <wisp/autograd/backward.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>
#include <wisp/optim/sgd.h>

namespace wisp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

using testing::leaf;

TEST(ChangedInPlace, ASavedInputThrowsAndSaysWhatHappened) {
  Tensor x = leaf({1, 2, 3});
  const Tensor loss = sum(square(x));
  x.mutable_data<double>()[0] = 5;
  EXPECT_THAT([&] { loss.backward(); },
              ThrowsMessage<Error>(AllOf(HasSubstr("square"), HasSubstr("(3)"), HasSubstr("changed in place"))));
  EXPECT_FALSE(x.grad().defined());
}

TEST(ChangedInPlace, CopyIsAChangeToo) {
  Tensor x = leaf({1, 2});
  const Tensor loss = sum(x * x);
  x.copy_(Tensor::zeros({2}, DType::f64));
  EXPECT_THROW(loss.backward(), Error);
}

TEST(ChangedInPlace, AChangeThroughAnotherHandleThrows) {
  const Tensor x = leaf({1, 2, 3, 4});
  const Tensor loss = sum(square(x));
  Tensor alias = x.detach().reshape({2, 2});
  alias.mutable_data<double>()[0] = 5;
  EXPECT_THROW(loss.backward(), Error);
}

TEST(ChangedInPlace, AChangeBeforeTheOpDoesNotMatter) {
  Tensor x = leaf({1, 2});
  x.mutable_data<double>()[0] = 5;
  sum(square(x)).backward();
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(10, 4));
}

TEST(ChangedInPlace, ATensorThatNoOpHasSavedMayChange) {
  Tensor x = leaf({1, 2});
  const Tensor loss = sum(x + x);
  x.mutable_data<double>()[0] = 5;
  loss.backward();
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(2, 2));
}

using Function = Tensor (*)(const Tensor&);
class SavedOutput : public ::testing::TestWithParam<std::pair<const char*, Function>> {};

TEST_P(SavedOutput, ChangedInPlaceThrows) {
  const Tensor x = leaf({1, 2, 3});
  const Tensor y = GetParam().second(x), loss = sum(y);
  y.detach().mutable_data<double>()[0] = 0;
  EXPECT_THAT([&] { loss.backward(); }, ThrowsMessage<Error>(HasSubstr(GetParam().first)));
}

INSTANTIATE_TEST_SUITE_P(Ops, SavedOutput,
                         ::testing::Values(std::pair<const char*, Function>{"exp", exp},
                                           std::pair<const char*, Function>{"sqrt", sqrt},
                                           std::pair<const char*, Function>{"tanh", tanh},
                                           std::pair<const char*, Function>{"relu", relu},
                                           std::pair<const char*, Function>{"sigmoid", sigmoid},
                                           std::pair<const char*, Function>{
                                               "leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.2); }}),
                         [](const auto& test) { return std::string(test.param.first); });

TEST(ChangedInPlace, TheInputOfAnOpThatKeepsItsOutputMayChange) {
  Tensor x = leaf({0, 1});
  const Tensor y = tanh(x), loss = sum(y);
  x.mutable_data<double>()[1] = 100;
  loss.backward();
  EXPECT_DOUBLE_EQ(x.grad().values<double>()[1], 1 - std::tanh(1.0) * std::tanh(1.0));
}

TEST(ChangedInPlace, AnOptimizerStepBetweenForwardAndBackwardThrows) {
  const Tensor x = Tensor::ones({2, 3, 5, 4}).set_requires_grad(true);
  const Tensor w = Tensor::ones({4, 3, 2, 3}).set_requires_grad(true);
  optim::SGD optimizer({w}, {.lr = 0.1});
  const Tensor first = sum(conv2d(x, w)), second = sum(conv2d(x, w));
  first.backward();
  optimizer.step();
  EXPECT_THAT([&] { second.backward(); }, ThrowsMessage<Error>(HasSubstr("conv2d")));
}

TEST(ChangedInPlace, SecondDerivativesNoticeTheChangeToo) {
  Tensor x = leaf({2, 3});
  const Tensor y = sum(square(x) * x);
  const Tensor first = grad({y}, {x}, {.create_graph = true})[0];
  x.mutable_data<double>()[0] = 1;
  EXPECT_THROW(grad({sum(first)}, {x}), Error);
}

}  // namespace
}  // namespace wisp
