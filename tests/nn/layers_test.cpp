// Linear, Flatten, MaxPool2d and the activations as layers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include <wisp/nn/activation.h>
#include <wisp/nn/linear.h>
#include <wisp/nn/pooling.h>

namespace wisp::nn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Linear, IsTheProductWithTheTransposedWeightPlusBias) {
  Rng rng(1);
  Linear layer(3, 2, rng);
  layer.weight.copy_(Tensor::from({2, 3}, {1.f, 2.f, 3.f, -1.f, 0.f, 4.f}));
  layer.bias.copy_(Tensor::from({2}, {10.f, 20.f}));
  EXPECT_THAT(layer(Tensor::from({2, 3}, {1.f, 1.f, 1.f, 2.f, 0.f, -1.f})).values<float>(), ElementsAre(16, 23, 9, 14));
}

TEST(Linear, ActsOnTheLastDimensionAtEveryRank) {
  Rng rng(1);
  Linear layer(5, 2, rng);
  const Tensor rows = Tensor::randn({24, 5}, rng);
  const std::vector<float> expected = layer(rows).values<float>();
  for (const Shape& shape : {Shape{4, 6, 5}, Shape{2, 3, 4, 5}}) {
    const Tensor y = layer(rows.reshape(shape));
    EXPECT_EQ(y.shape(), shape.with(shape.rank() - 1, 2));
    EXPECT_EQ(y.values<float>(), expected) << shape.to_string();
  }
}

TEST(Linear, WithoutBiasHasNone) {
  Rng rng(1);
  Linear layer(3, 2, {.bias = false}, rng);
  EXPECT_FALSE(layer.bias.defined());
  EXPECT_EQ(layer.parameters().size(), 1u);
  layer.weight.copy_(Tensor::ones({2, 3}));
  EXPECT_THAT(layer(Tensor::from({1, 3}, {1.f, 2.f, 4.f})).values<float>(), ElementsAre(7, 7));
}

TEST(Linear, ChecksItsSizes) {
  Rng rng(1);
  EXPECT_THROW(Linear(0, 2, rng), Error);
  EXPECT_THROW(Linear(2, -1, rng), Error);
  Linear layer(3, 2, rng);
  EXPECT_THAT([&] { layer(Tensor::ones({4, 5})); }, ThrowsMessage<Error>(AllOf(HasSubstr("2x3"), HasSubstr("4x5"))));
}

TEST(Flatten, JoinsAllButTheBatchInLogicalOrder) {
  Rng rng(1);
  const Tensor x = Tensor::randn({2, 3, 4, 5}, rng), y = Flatten()(x);
  EXPECT_EQ(y.shape(), (Shape{2, 60}));
  EXPECT_EQ(y.values<float>(), x.values<float>());
}

TEST(Flatten, JoinsTheGivenDimensions) {
  const Tensor x = Tensor::ones({2, 3, 4, 5});
  EXPECT_EQ(Flatten({.start_dim = 0})(x).shape(), Shape{120});
  EXPECT_EQ(Flatten({.start_dim = 1, .end_dim = 2})(x).shape(), (Shape{2, 12, 5}));
  EXPECT_EQ(Flatten({.start_dim = -2, .end_dim = -1})(x).shape(), (Shape{2, 3, 20}));
  EXPECT_EQ(Flatten({.start_dim = 2, .end_dim = 2})(x).shape(), (Shape{2, 3, 4, 5}));
}

TEST(Flatten, ChecksItsDimensions) {
  const Tensor x = Tensor::ones({2, 3, 4});
  EXPECT_THROW(Flatten({.start_dim = 2, .end_dim = 1})(x), Error);
  EXPECT_THROW(Flatten({.start_dim = 3})(x), Error);
  EXPECT_THROW(Flatten({.end_dim = 3})(x), Error);
}

TEST(MaxPool2d, TakesTheLargestOfEachWindow) {
  // Two images of two channels, 5 x 4; windows 3 x 2, stride (2,1), padding (1,0).
  std::vector<double> values(80);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i * 37 % 41) - 20;
  const Tensor y = MaxPool2d({3, 2}, {.stride = Size2d{2, 1}, .padding = {1, 0}})(Tensor::from({2, 2, 5, 4}, values));
  ASSERT_EQ(y.shape(), (Shape{2, 2, 3, 3}));
  EXPECT_EQ(y.values<double>(),
            (std::vector<double>{17, 17, 13, 14, 10, 18, 14, 10, 6,  19, 19, 15, 16, 12, 20, 16, 12, 8,
                                 9,  17, 17, 18, 14, 10, 18, 14, 10, 11, 19, 19, 20, 16, 12, 20, 16, 12}));
}

TEST(MaxPool2d, StridesByItsKernelUnlessTold) {
  EXPECT_EQ(MaxPool2d(2)(Tensor::ones({2, 3, 6, 9})).shape(), (Shape{2, 3, 3, 4}));
  EXPECT_EQ(MaxPool2d({3, 2}, {.stride = 1})(Tensor::ones({2, 3, 6, 9})).shape(), (Shape{2, 3, 4, 8}));
}

TEST(Activations, AreTheirFunctions) {
  const Tensor x = Tensor::from({1, 2, 1, 2}, {-2.0, 0.5, 0.0, 3.0});
  EXPECT_THAT(ReLU()(x).values<double>(), ElementsAre(0, 0.5, 0, 3));
  EXPECT_THAT(LeakyReLU()(x).values<double>(), ElementsAre(-0.02, 0.5, 0, 3));
  EXPECT_THAT(LeakyReLU(0.25)(x).values<double>(), ElementsAre(-0.5, 0.5, 0, 3));
  EXPECT_DOUBLE_EQ(Tanh()(x).values<double>()[3], std::tanh(3.0));
  EXPECT_DOUBLE_EQ(Sigmoid()(x).values<double>()[0], 1 / (1 + std::exp(2.0)));
}

}  // namespace
}  // namespace wisp::nn
