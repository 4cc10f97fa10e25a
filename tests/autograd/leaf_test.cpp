// Leaves, detached tensors and NoGrad: what is recorded and what is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include <wisp/autograd/backward.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Tensor leaf(const Shape& shape = {2, 3}) { return Tensor::ones(shape, DType::f64).set_requires_grad(true); }

TEST(Leaf, NewTensorsRecordNothing) {
  const Tensor x = Tensor::ones({2});
  EXPECT_FALSE(x.requires_grad());
  EXPECT_TRUE(x.is_leaf());
  EXPECT_FALSE((x * x).requires_grad());
}

TEST(Leaf, ResultsRequireGradWhenOneOperandDoes) {
  const Tensor x = leaf(), constant = Tensor::ones({2, 3}, DType::f64);
  EXPECT_TRUE(x.is_leaf());
  const Tensor y = constant * x;
  EXPECT_TRUE(y.requires_grad());
  EXPECT_FALSE(y.is_leaf());
}

TEST(Leaf, SettingReachesEveryHandle) {
  const Tensor x = Tensor::ones({2});
  Tensor handle = x;
  handle.set_requires_grad(true);
  EXPECT_TRUE(x.requires_grad());
  handle.set_requires_grad(false);
  EXPECT_FALSE(x.requires_grad());
}

TEST(Leaf, SettingTwiceKeepsTheGradient) {
  Tensor x = leaf({2});
  sum(x).backward();
  x.set_requires_grad(true);
  EXPECT_TRUE(x.grad().defined());
}

TEST(Leaf, OnlyFloatingTensorsHaveGradients) {
  EXPECT_THAT([] { Tensor::ones({2}, DType::i64).set_requires_grad(true); }, ThrowsMessage<Error>(HasSubstr("i64")));
  EXPECT_THROW(Tensor::ones({2}, DType::u8).set_requires_grad(true), Error);
  EXPECT_NO_THROW(Tensor::ones({2}, DType::bf16).set_requires_grad(true));
  EXPECT_NO_THROW(Tensor::ones({2}, DType::i64).set_requires_grad(false));
}

TEST(Leaf, AResultCannotStopRequiringGrad) {
  EXPECT_THAT([] { (leaf() * 2.0).set_requires_grad(false); },
              ThrowsMessage<Error>(AllOf(HasSubstr("2x3"), HasSubstr("detach"))));
}

TEST(Leaf, SetGradChecksShapeDTypeAndPlace) {
  Tensor x = leaf();
  EXPECT_THAT(
      [&] {
        x.set_grad(Tensor::ones({3, 2}, DType::f64));
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("3x2"), HasSubstr("2x3"))));
  EXPECT_THROW(x.set_grad(Tensor::ones({2, 3})), Error);
  EXPECT_THROW((x * 2.0).set_grad(Tensor::ones({2, 3}, DType::f64)), Error);
  EXPECT_THROW(Tensor::ones({2}).set_grad(Tensor::ones({2})), Error);
  x.set_grad(Tensor::full({2, 3}, 4.0, DType::f64));
  EXPECT_EQ(x.grad().values<double>()[5], 4.0);
}

TEST(Detach, CutsTheGraph) {
  const Tensor x = Tensor::from({2}, {3.0, 4.0}).set_requires_grad(true);
  const Tensor y = square(x).detach();
  EXPECT_FALSE(y.requires_grad());
  sum(x * y).backward();
  EXPECT_THAT(x.grad().values<double>(), ElementsAre(9, 16));  // y counts as a constant
}

TEST(NoGradScope, RecordsNothingInside) {
  const Tensor x = leaf();
  EXPECT_TRUE(grad_enabled());
  {
    const NoGrad guard;
    EXPECT_FALSE(grad_enabled());
    const Tensor y = x * x;
    EXPECT_FALSE(y.requires_grad());
    EXPECT_TRUE(y.is_leaf());
  }
  EXPECT_TRUE(grad_enabled());
  EXPECT_TRUE((x * x).requires_grad());
}

TEST(NoGradScope, NestsAndEndsOnException) {
  {
    const NoGrad outer;
    {
      const GradMode inner(true);
      EXPECT_TRUE(grad_enabled());
    }
    EXPECT_FALSE(grad_enabled());
  }
  EXPECT_THROW(
      {
        const NoGrad guard;
        fail("stop");
      },
      Error);
  EXPECT_TRUE(grad_enabled());
}

TEST(NoGradScope, IsOfOneThread) {
  const NoGrad guard;
  bool elsewhere = false;
  std::thread([&] { elsewhere = grad_enabled(); }).join();
  EXPECT_TRUE(elsewhere);
}

TEST(NoGradScope, BackwardAndCreateGraphWorkInside) {
  const Tensor x = Tensor::from({1}, {3.0}).set_requires_grad(true), y = square(x) * x;
  const NoGrad guard;
  const Tensor first = grad({y}, {x}, {.create_graph = true})[0];
  EXPECT_EQ(grad({first}, {x})[0].item<double>(), 18);
  EXPECT_FALSE(grad_enabled());
}

TEST(NoGradScope, IsRestoredWhenBackwardThrows) {
  const Tensor x = leaf({1});
  const Tensor y =
      autograd::record("broken", x.detach(), {x}, {}, [](const autograd::Cotangents&) -> Tensors { fail("broken"); });
  EXPECT_THROW(y.backward(), Error);
  EXPECT_TRUE(grad_enabled());
}

TEST(Record, WithoutARecordedInputReturnsTheOutputsAsTheyAre) {
  const Tensor y = Tensor::ones({2});
  EXPECT_TRUE(autograd::record("op", y, {Tensor::ones({2}), Tensor{}}, {}, nullptr).is(y));
}

}  // namespace
}  // namespace wisp
