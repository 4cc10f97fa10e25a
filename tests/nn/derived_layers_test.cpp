// A class derived from a layer is called by its own forward(), wherever the layer stands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <type_traits>

#include <wisp/wisp.h>

namespace wisp::nn {
namespace {

using ::testing::Each;

constexpr double mark = 42;

// Whatever the layer gives, this gives a tensor of marks in that shape.
template <class Layer>
class Marking : public Layer {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) const override {
    ++*calls;
    return Tensor::full(Layer::forward(input).shape(), mark);
  }
  std::shared_ptr<int> calls = std::make_shared<int>(0);
};

const Tensor images = Tensor::ones({2, 3, 4, 5});

void expect_marked(const Tensor& y, const std::shared_ptr<int>& calls) {
  EXPECT_EQ(*calls, 1);
  EXPECT_THAT(y.values<float>(), Each(mark));
}

TEST(DerivedLayer, BehindABatchNormIsCalled) {
  for (const bool training : {true, false}) {
    const Marking<ReLU> relu;
    const Marking<LeakyReLU> leaky(0.2);
    Sequential with_relu(BatchNorm2d(3), relu), with_leaky(BatchNorm2d(3), leaky);
    with_relu.train(training);
    with_leaky.train(training);
    expect_marked(with_relu(images), relu.calls);
    expect_marked(with_leaky(images), leaky.calls);
  }
}

TEST(DerivedLayer, OfABatchNormIsCalledInFrontOfARelu) {
  const Marking<BatchNorm2d> norm(3);
  const Marking<BatchNorm1d> norm1d(3);
  Sequential network(norm, ReLU()), flat(norm1d, LeakyReLU(0.2));
  expect_marked(network(images), norm.calls);
  expect_marked(flat(Tensor::ones({4, 3})), norm1d.calls);
}

TEST(DerivedLayer, InsideOfNestedLayersIsCalled) {
  const Marking<ReLU> relu;
  Sequential nested(ReLU(), Sequential(Sequential(BatchNorm2d(3), relu)));
  expect_marked(nested(images), relu.calls);

  const Marking<LeakyReLU> leaky(0.2);
  Residual block(Sequential(BatchNorm2d(3), leaky));
  EXPECT_THAT(block(images).values<float>(), Each(mark + 1));
  EXPECT_EQ(*leaky.calls, 1);
}

TEST(DerivedLayer, OfASequentialOrAResidualIsCalled) {
  Marking<Sequential> network;
  network.push_back(ReLU());
  Sequential outer(network, ReLU());
  expect_marked(outer(images), network.calls);

  const Marking<Residual> block{Sequential(ReLU())};
  Sequential around(BatchNorm2d(3), block);
  expect_marked(around(images), block.calls);
}

TEST(DerivedLayer, OfASpectralNormIsCalled) {
  Rng rng(1);
  const Marking<SpectralNorm<Conv2d>> layer(Conv2d(3, 2, 3, {}, rng), SpectralNormOptions{}, rng);
  Sequential network(layer, ReLU());
  expect_marked(network(images), layer.calls);
}

// Layers of a user's that are called as Wisp's are, and that nobody registered.
namespace twins {

struct BatchNorm2d : Module {
  Tensor forward(const Tensor& x) const override { return x * 3.0; }
};
struct ReLU : Module {
  Tensor forward(const Tensor& x) const override { return x * 100.0; }
};

}  // namespace twins

TEST(TwinLayer, IsCalledByItsOwnForward) {
  const Tensor ones = Tensor::ones({1, 1, 1, 1});
  EXPECT_EQ(Sequential(twins::BatchNorm2d(), ReLU())(ones).item<float>(), 3);
  Sequential network(BatchNorm2d(1), twins::ReLU());
  network.eval();
  EXPECT_NEAR(network(ones).item<float>(), 100, 1e-2);
}

TEST(TwinLayer, IsNotClonedAsAnother) {
  EXPECT_THROW(Sequential(twins::ReLU()).clone(), Error);
  EXPECT_THROW(twins::BatchNorm2d().clone(), Error);
}

// They take their layers by value: what is derived would lose its forward().
static_assert(!std::is_constructible_v<Residual, Marking<Sequential>>);
static_assert(!std::is_constructible_v<SpectralNorm<Conv2d>, Marking<Conv2d>, const SpectralNormOptions&, Rng&>);
static_assert(std::is_constructible_v<Residual, Sequential>);
static_assert(std::is_constructible_v<SpectralNorm<Linear>, Linear, const SpectralNormOptions&, Rng&>);

}  // namespace
}  // namespace wisp::nn
