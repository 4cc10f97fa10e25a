// backward({.inputs = ...}) accumulates in the given leaves alone, and neither backward nor grad runs what only other
// tensors need.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/leaf.h>
#include <wisp/autograd/backward.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

using testing::leaf;

// y = x; counts how often its gradient is computed.
Tensor counted(const Tensor& x, int& runs) {
  return autograd::record("counted", x.detach(), {x}, {}, [&runs](const autograd::Cotangents& c) {
    ++runs;
    return Tensors{c.grad()};
  });
}

TEST(BackwardInputs, OnlyTheGivenLeavesGetGradients) {
  const Tensor x = leaf({1, 2}), w = leaf({3, 5}), b = leaf({0, 0});
  sum(x * w + b).backward({.inputs = {w}});
  EXPECT_THAT(w.grad().values<double>(), ElementsAre(1, 2));
  EXPECT_FALSE(x.grad().defined());
  EXPECT_FALSE(b.grad().defined());
}

TEST(BackwardInputs, ABranchThatOnlyOthersNeedIsNotRun) {
  const Tensor x = leaf({1, 2}), w = leaf({3, 5});
  int of_x = 0, of_w = 0;
  const Tensor loss = sum(counted(x, of_x) * counted(w, of_w));
  loss.backward({.retain_graph = true, .inputs = {w}});
  EXPECT_EQ(of_x, 0);
  EXPECT_EQ(of_w, 1);
  grad({loss}, {x});
  EXPECT_EQ(of_x, 1);
  EXPECT_EQ(of_w, 1);
}

TEST(BackwardInputs, ATensorThatOnlyOthersNeedMayHaveChanged) {
  Tensor x = leaf({1, 2});
  const Tensor w = leaf({3, 5});
  const Tensor loss = sum(square(x) + w * 2.0);
  x.mutable_data<double>()[0] = 7;  // square has saved x
  loss.backward({.inputs = {w}});
  EXPECT_THAT(w.grad().values<double>(), ElementsAre(2, 2));
}

TEST(BackwardInputs, ARuleIsToldWhichInputsAreWanted) {
  const Tensor x = leaf({1, 2}), w = leaf({3, 5}), constant = Tensor::ones({2}, DType::f64);
  std::vector<bool> needs;
  const Tensor y = autograd::record("probe", x.detach(), {x, constant, w, {}}, {}, [&](const autograd::Cotangents& c) {
    needs = {c.needs(0), c.needs(1), c.needs(2), c.needs(3)};
    return Tensors{c.needs(0) ? c.grad() : Tensor{}, {}, c.needs(2) ? c.grad() : Tensor{}, {}};
  });
  grad({sum(y)}, {w}, {.retain_graph = true});
  EXPECT_THAT(needs, ElementsAre(false, false, true, false));
  grad({sum(y)}, {w, x});
  EXPECT_THAT(needs, ElementsAre(true, false, true, false));
}

TEST(BackwardInputs, NothingBelowAnInputIsRun) {
  const Tensor x = leaf({1, 2});
  int runs = 0;
  const Tensor inner = counted(x, runs);
  EXPECT_THAT(grad({sum(square(inner))}, {inner})[0].values<double>(), ElementsAre(2, 4));
  EXPECT_EQ(runs, 0);
}

TEST(BackwardInputs, APartOfTheGraphThatWasNotRunIsNotFreed) {
  const Tensor x = leaf({1, 2}), w = leaf({3, 5});
  const Tensor inner = square(x), loss = sum(inner + square(w));
  loss.backward({.inputs = {w}});
  EXPECT_THAT(grad({sum(inner)}, {x})[0].values<double>(), ElementsAre(2, 4));
}

TEST(BackwardInputs, FreezingAWeightStopsAtIt) {
  const Tensor x = Tensor::ones({2, 3, 5, 4}, DType::f64).set_requires_grad(true);
  Tensor w = Tensor::ones({4, 3, 3, 2}, DType::f64).set_requires_grad(true);
  w.set_requires_grad(false);
  sum(conv2d(x, w)).backward();
  EXPECT_TRUE(x.grad().defined());
  EXPECT_FALSE(w.grad().defined());
}

TEST(BackwardInputs, AreLeavesThatRequireGrad) {
  const Tensor x = leaf({1}), y = square(x), constant = Tensor::ones({3, 2}, DType::f64);
  EXPECT_THAT(
      [&] {
        y.backward({.inputs = {x, constant}});
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("input 1"), HasSubstr("3x2"))));
  EXPECT_THROW(y.backward({.inputs = {y}}), Error);
}

}  // namespace
}  // namespace wisp
