// clone() is a copy that shares nothing but the gradient.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <wisp/wisp.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;

TEST(Clone, HasNumbersOfItsOwn) {
  for (const DType dtype : {DType::f32, DType::f64, DType::bf16, DType::u8, DType::i64}) {
    Tensor x = Tensor::from({3}, {1.f, 2.f, 3.f}).to(dtype);
    const Tensor copy = x.clone();
    EXPECT_EQ(copy.dtype(), dtype);
    EXPECT_NE(copy.storage(), x.storage());
    x.copy_(Tensor::zeros({3}, dtype));
    EXPECT_THAT(copy.to(DType::f32).values<float>(), ElementsAre(1, 2, 3));
  }
}

TEST(Clone, KeepsTheOrderOfAnImage) {
  Rng rng(1);
  const Tensor image = Tensor::randn({2, 3, 4, 5}, rng);
  EXPECT_EQ(image.clone().values<float>(), image.values<float>());
}

TEST(Clone, PassesTheGradientOn) {
  const Tensor x = Tensor::from({2}, {1.f, 2.f}).set_requires_grad(true);
  sum(x.clone() * Tensor::from({2}, {3.f, 5.f})).backward();
  EXPECT_THAT(x.grad().values<float>(), ElementsAre(3, 5));
  EXPECT_FALSE(x.detach().clone().requires_grad());
  const NoGrad guard;
  EXPECT_FALSE(x.clone().requires_grad());
}

TEST(Clone, HasDerivativesOfEveryOrder) {
  Rng rng(2);
  const Tensor x = Tensor::randn({2, 3}, rng, DType::f64).set_requires_grad(true);
  const auto function = [](const Tensors& inputs) { return Tensors{square(inputs[0].clone())}; };
  EXPECT_TRUE(gradcheck(function, {x}) && gradgradcheck(function, {x}));
}

}  // namespace
}  // namespace wisp::testing
