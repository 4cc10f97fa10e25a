// Writes in place that the graph must know of: they are honoured, as PyTorch does, or throw at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include <tests/leaf.h>
#include <tests/message_of.h>
#include <wisp/wisp.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<double> grad_of(const Tensor& x) { return x.grad().values<double>(); }

TEST(CopyInPlace, OfAResultTakesThePlaceOfTheCopy) {
  const Tensor x = leaf({1, 2}), z = leaf({5, 7});
  Tensor y = x * 2.0;
  const Tensor handle = y;
  y.copy_(z);
  sum(square(handle)).backward();
  EXPECT_THAT(handle.values<double>(), ElementsAre(5, 7));
  EXPECT_THAT(grad_of(x), ElementsAre(0, 0));
  EXPECT_THAT(grad_of(z), ElementsAre(10, 14));
}

TEST(CopyInPlace, OfConstantsIntoAResultStopsItsGradient) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 2.0;
  const Tensor before = sum(y + y);  // needs no number of y
  y.copy_(Tensor::from({2}, {5.0, 7.0}));
  EXPECT_TRUE(y.requires_grad());
  EXPECT_FALSE(y.is_leaf());
  (before + sum(y)).backward();
  EXPECT_THAT(grad_of(x), ElementsAre(4, 4));
}

TEST(CopyInPlace, OfAResultIntoAConstantRecordsIt) {
  const Tensor z = leaf({5, 7});
  Tensor constant = Tensor::zeros({2}, DType::f64);
  constant.copy_(z * 3.0);
  EXPECT_TRUE(constant.requires_grad());
  sum(constant).backward();
  EXPECT_THAT(grad_of(z), ElementsAre(3, 3));
}

TEST(CopyInPlace, HasDerivativesOfEveryOrder) {
  const auto function = [](const Tensors& in) {
    Tensor y = in[0] * in[1];
    y.copy_(in[1] * square(in[0]));
    return Tensors{y * y};
  };
  EXPECT_TRUE(gradcheck(function, {leaf({1, 2}), leaf({3, 4})}));
  EXPECT_TRUE(gradgradcheck(function, {leaf({1, 2}), leaf({3, 4})}));
}

TEST(CopyInPlace, OfATensorThatBackwardNeedsIsNoticedThere) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 2.0;
  const Tensor loss = sum(square(y));
  y.copy_(leaf({5, 7}));
  EXPECT_THAT(message_of([&] { loss.backward(); }), HasSubstr("changed in place"));
}

TEST(CopyInPlace, OfItselfChangesNothing) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 2.0;
  y.copy_(y);
  sum(y).backward();
  EXPECT_THAT(grad_of(x), ElementsAre(2, 2));
}

TEST(CopyInPlace, ALeafTakesConstantsButNotWhatIsRecorded) {
  Tensor x = leaf({1, 2});
  const Tensor z = leaf({5, 7});
  EXPECT_THAT(message_of([&] { x.copy_(z); }), AllOf(HasSubstr("copy_"), HasSubstr("leaf")));
  EXPECT_THAT(x.values<double>(), ElementsAre(1, 2));
  x.copy_(z.detach());
  sum(square(x)).backward();
  EXPECT_THAT(grad_of(x), ElementsAre(10, 14));
}

// The other name of the numbers would have a wrong place in the graph.
TEST(CopyInPlace, OfNumbersThatAReshapeSharesThrows) {
  const Tensor x = leaf({1, 2, 3, 4}), z = leaf({5, 6, 7, 8});
  Tensor y = x * 2.0, constant = Tensor::zeros({4}, DType::f64), w = leaf({1, 2, 3, 4});
  Tensor of_y = y.reshape({2, 2}), of_constant = constant.reshape({2, 2}), of_w = w.reshape({2, 2});
  EXPECT_THAT(message_of([&] { y.copy_(z); }), HasSubstr("reshape"));
  EXPECT_THAT(message_of([&] { of_y.copy_(z.reshape({2, 2})); }), HasSubstr("reshape"));
  EXPECT_THAT(message_of([&] { constant.copy_(z); }), HasSubstr("reshape"));
  EXPECT_THAT(message_of([&] { of_constant.copy_(z.reshape({2, 2})); }), HasSubstr("reshape"));
  EXPECT_THAT(message_of([&] { of_w.copy_(z.reshape({2, 2})); }), HasSubstr("reshape"));
  EXPECT_THAT(y.values<double>(), ElementsAre(2, 4, 6, 8));
  of_y = {};
  y.copy_(z);
  sum(y).backward();
  EXPECT_THAT(grad_of(z), ElementsAre(1, 1, 1, 1));
  constant.copy_(z.detach());  // numbers alone are both tensors'
  EXPECT_THAT(of_constant.values<double>(), ElementsAre(5, 6, 7, 8));
}

struct Write {
  const char* name;
  void (*write)(Tensor);
};

class WritesToAResult : public ::testing::TestWithParam<Write> {};

TEST_P(WritesToAResult, AreHonouredOrThrow) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2.0;
  const std::string message = message_of([&] { GetParam().write(y); });
  sum(y).backward();
  if (message == "no error")
    EXPECT_THAT(grad_of(x), ElementsAre(0, 0)) << "honoured: the numbers come from elsewhere";
  else
    EXPECT_THAT(grad_of(x), ElementsAre(2, 2));
  EXPECT_EQ(y.values<double>() == (std::vector<double>{2, 4}), message != "no error") << message;
}

TEST_P(WritesToAResult, ThatWasReshapedThrow) {
  const Tensor x = leaf({1, 2}), y = x * 2.0, other = y.reshape({1, 2}), of_leaf = x.reshape({2});
  for (const Tensor& target : {y, of_leaf}) EXPECT_NE(message_of([&] { GetParam().write(target); }), "no error");
  EXPECT_THAT(other.values<double>(), ElementsAre(2, 4));
  EXPECT_THAT(x.values<double>(), ElementsAre(1, 2));
}

Rng rng_of_one() { return Rng(1); }

INSTANTIATE_TEST_SUITE_P(
    Ways, WritesToAResult,
    ::testing::Values(Write{"mutable_data", [](Tensor y) { y.mutable_data<double>()[0] = 5; }},
                      Write{"copy_", [](Tensor y) { y.copy_(Tensor::ones({2}, DType::f64)); }},
                      Write{"set_data", [](Tensor y) { y.set_data(Tensor::ones({2}, DType::f64)); }},
                      Write{"constant_", [](Tensor y) { nn::init::constant_(y, 1); }},
                      Write{"uniform_",
                            [](Tensor y) {
                              Rng rng = rng_of_one();
                              nn::init::uniform_(y, 0, 1, rng);
                            }},
                      Write{"normal_",
                            [](Tensor y) {
                              Rng rng = rng_of_one();
                              nn::init::normal_(y, 0, 1, rng);
                            }},
                      Write{"default_",
                            [](Tensor y) {
                              Rng rng = rng_of_one();
                              nn::init::default_(y, 3, rng);
                            }},
                      Write{"ema_update",
                            [](Tensor y) { optim::ema_update({y}, {Tensor::ones({2}, DType::f64)}, 0.5); }}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(WriteInPlace, OfRunningStatisticsThatAreRecordedThrows) {
  const Tensor input = Tensor::ones({3, 2}, DType::f64), mean = leaf({0, 0}) * 1.0;
  const Tensor variance = Tensor::ones({2}, DType::f64);
  EXPECT_THAT(message_of([&] { batch_norm(input, variance, mean, {}, {}, true); }), HasSubstr("batch_norm"));
  EXPECT_THAT(variance.values<double>(), ElementsAre(1, 1)) << "nothing has changed";
}

TEST(WriteInPlace, OfTheOriginalThroughAnUnrecordedReshapeThrows) {
  const Tensor x = leaf({1, 2}), y = x * 2.0;
  std::optional<Tensor> unrecorded;
  {
    const NoGrad guard;
    unrecorded = y.reshape({1, 2});
  }
  EXPECT_FALSE(unrecorded->requires_grad());
  EXPECT_THAT(message_of([&] { unrecorded->mutable_data<double>(); }), HasSubstr("graph"));
}

// As in PyTorch: both say that the graph is not to know.
TEST(WriteInPlace, UnderNoGradAndThroughDetachIsLetThrough) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 2.0;
  y.detach().copy_(Tensor::from({2}, {5.0, 7.0}));
  EXPECT_THAT(y.values<double>(), ElementsAre(5, 7));
  {
    const NoGrad guard;
    y.copy_(leaf({8, 9}));
    y.mutable_data<double>()[0] = 3;
  }
  EXPECT_THAT(y.values<double>(), ElementsAre(3, 9));
  sum(y).backward();
  EXPECT_THAT(grad_of(x), ElementsAre(2, 2));
}

TEST(WriteInPlace, OfALeafBeforeItIsUsedIsItsValue) {
  Tensor x = leaf({1, 2});
  const Tensor reshaped = x.reshape({1, 2});
  x.mutable_data<double>()[0] = 5;
  EXPECT_THAT(reshaped.values<double>(), ElementsAre(5, 2));
  sum(square(x)).backward();
  EXPECT_THAT(grad_of(x), ElementsAre(10, 4));
}

TEST(WriteInPlace, ADetachedTensorMayBecomeACopyAndItsOriginalStays) {
  const Tensor x = leaf({1, 2}), z = leaf({5, 7});
  const Tensor y = x * 2.0;
  Tensor detached = y.detach();
  detached.copy_(z);
  (sum(detached) + sum(y)).backward();
  EXPECT_THAT(grad_of(x), ElementsAre(2, 2));
  EXPECT_THAT(grad_of(z), ElementsAre(1, 1));
}

TEST(SetData, OfALeafThatRequiresGradNeedsAFloatingDType) {
  Tensor x = leaf({1, 2});
  EXPECT_THAT(message_of([&] { x.set_data(Tensor::from({2}, {1, 2})); }), HasSubstr("i64"));
  EXPECT_EQ(x.dtype(), DType::f64);
}

TEST(SetGrad, ClearsThatOfAFrozenLeaf) {
  Tensor x = leaf({1, 2});
  sum(x).backward();
  x.set_requires_grad(false);
  x.set_grad({});
  EXPECT_FALSE(x.grad().defined());
  Tensor never = Tensor::ones({2});
  EXPECT_NO_THROW(never.set_grad({}));
}

}  // namespace
}  // namespace wisp::testing
