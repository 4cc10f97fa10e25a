// Residual: what goes in is added to what comes out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <wisp/autograd/gradcheck.h>
#include <wisp/core/rng.h>
#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/residual.h>
#include <wisp/ops/autocast.h>

namespace wisp::nn {
namespace {

using ::testing::ThrowsMessage;

Conv2d convolution(Rng& rng) { return Conv2d(3, 3, 3, {.padding = 1}, rng); }

TEST(Residual, AddsTheInput) {
  Rng a(1), b(1);
  Residual block(Sequential(convolution(a), LeakyReLU(0.1)));
  Conv2d layer = convolution(b);
  const Tensor x = Tensor::randn({2, 3, 4, 5}, a);
  const auto actual = block(x).values<float>(), in = x.values<float>(), out = layer(x).values<float>();
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_FLOAT_EQ(actual[i], in[i] + (out[i] < 0 ? 0.1f * out[i] : out[i])) << i;
}

TEST(Residual, GradientsOfEveryOrderAreRight) {
  Rng rng(2);
  Residual block(Sequential(convolution(rng), BatchNorm2d(3), LeakyReLU(0.2)));
  block.to(DType::f64);
  const TensorFunction f = [&](const Tensors& inputs) { return Tensors{block(inputs[0])}; };
  const Tensors x{Tensor::randn({2, 3, 2, 3}, rng, DType::f64).set_requires_grad(true)};
  EXPECT_TRUE(gradcheck(f, x));
  EXPECT_TRUE(gradgradcheck(f, x));
}

TEST(Residual, NamesAndModesAreThoseOfASequential) {
  Rng rng(3);
  Sequential network(convolution(rng), Residual(Sequential(convolution(rng), BatchNorm2d(3))));
  const StateDict state = network.state_dict();
  for (const char* key : {"0.weight", "1.0.weight", "1.0.bias", "1.1.running_mean"}) EXPECT_TRUE(state.contains(key));
  network.eval();
  network(Tensor::randn({2, 3, 4, 4}, rng));
  EXPECT_EQ(network.state_dict().at("1.1.num_batches_tracked").item<std::int64_t>(), 0);
}

TEST(Residual, RefusesLayersThatChangeTheShape) {
  Rng rng(4);
  Residual block{Sequential(Conv2d(3, 1, 1, {}, rng), ReLU())};
  EXPECT_THAT(
      [&] {
        block(Tensor::ones({2, 3, 4, 5}));
      },
      ThrowsMessage<Error>("Residual: its layers make 2x1x4x5 of 2x3x4x5, they must keep the shape"));
}

TEST(Residual, ErrorsAreInItsName) {
  Rng rng(5);
  Residual block{Sequential(Conv2d(3, 3, 1, {}, rng))};
  EXPECT_THAT([&] { block(Tensor()); }, ThrowsMessage<Error>("Residual: input is undefined, a tensor is needed"));
  EXPECT_THAT(
      [&] {
        block(Tensor::zeros({2, 3, 4, 5}, DType::i64));
      },
      ThrowsMessage<Error>("Residual: dtype i64 does not compute; convert with to(DType::f32)"));
  const Autocast autocast;
  EXPECT_THAT(
      [&] {
        block(Tensor::ones({2, 3, 4, 5}));
      },
      ThrowsMessage<Error>("Residual: its layers make bf16 of f32, they must keep the dtype"));
}

}  // namespace
}  // namespace wisp::nn
