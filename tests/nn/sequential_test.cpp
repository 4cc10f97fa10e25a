// Sequential runs a BatchNorm and the ReLU behind it in one pass: nobody can tell but from the time it takes.
#include <gtest/gtest.h>

#include <cmath>

#include <wisp/autograd/backward.h>
#include <wisp/core/rng.h>
#include <wisp/kernels/profile.h>
#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/sequential.h>
#include <wisp/ops/activation.h>

namespace wisp::nn {
namespace {

Sequential network(double slope) {
  Rng rng(81);
  Sequential net(Conv2d(3, 5, 3, {.stride = 2, .padding = 1}, rng), BatchNorm2d(5, {.momentum = 0.3}), LeakyReLU(slope),
                 Conv2d(5, 4, 2, {}, rng), BatchNorm2d(4), ReLU(), BatchNorm2d(4), Tanh());
  net.to(DType::f64);
  for (Tensor p : net.parameters()) p.copy_(Tensor::randn(p.shape(), rng, DType::f64));
  return net;
}

// The layers one by one, nothing fused.
Tensor layer_by_layer(const Sequential& net, Tensor x) {
  for (std::size_t i = 0; i < net.size(); ++i) x = net[i](x);
  return x;
}

void expect_near(const Tensor& actual, const Tensor& expected, const std::string& what) {
  ASSERT_EQ(actual.shape(), expected.shape()) << what;
  const auto a = actual.to(DType::f64).values<double>(), b = expected.to(DType::f64).values<double>();
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_NEAR(a[i], b[i], 1e-11 * (1 + std::abs(b[i]))) << what << " element " << i;
}

Tensor random(const Shape& shape, std::uint64_t seed) {
  Rng rng(seed);
  return Tensor::randn(shape, rng, DType::f64);
}

void expect_same_as_layers(double slope, bool training) {
  SCOPED_TRACE(::testing::Message() << "slope " << slope << (training ? ", training" : ", evaluation"));
  Sequential fused = network(slope), plain = network(slope);
  for (Sequential* net : {&fused, &plain}) {
    layer_by_layer(*net, random({2, 3, 8, 6}, 1));  // running statistics other than 0 and 1
    if (!training) net->eval();
  }
  const Tensor x = random({3, 3, 7, 9}, 2).set_requires_grad(true);
  const Tensor a = fused(x), b = layer_by_layer(plain, x), g = random(a.shape(), 3);
  expect_near(a, b, "output");
  const auto gradients = [&](const Tensor& y, const Sequential& net) {
    Tensors wanted = net.parameters();
    wanted.push_back(x);
    return grad({y}, wanted, {.grad_outputs = {g}});
  };
  const Tensors ga = gradients(a, fused), gb = gradients(b, plain);
  ASSERT_EQ(ga.size(), gb.size());
  for (std::size_t i = 0; i < ga.size(); ++i) expect_near(ga[i], gb[i], "gradient " + std::to_string(i));
  const StateDict sa = fused.state_dict(), sb = plain.state_dict();
  ASSERT_EQ(sa.size(), sb.size());
  for (const auto& [name, value] : sb) {
    ASSERT_TRUE(sa.contains(name)) << name;
    expect_near(sa.at(name), value, name);
  }
  EXPECT_TRUE(sa.contains("1.running_var") && sa.contains("4.num_batches_tracked") && sa.contains("6.weight"));
}

TEST(Sequential, WithBatchNormAndReluGivesWhatItsLayersGive) {
  for (const double slope : {0.0, 0.2, 1.0, -0.5})
    for (const bool training : {true, false}) expect_same_as_layers(slope, training);
}

// The kinds of kernels that a call runs.
template <class Call>
std::vector<std::string> kernels_of(Call call) {
  std::vector<std::string> kinds;
  kernels::set_kernel_observer([&](const kernels::KernelCall& c) { kinds.push_back(c.kind); });
  call();
  kernels::set_kernel_observer({});
  return kinds;
}

template <class... Layers>
std::size_t activations_of(Layers... layers) {
  Sequential net(std::move(layers)...);
  net.eval();
  const auto kinds = kernels_of([&] { net(Tensor::ones({2, 3, 4, 5})); });
  return static_cast<std::size_t>(std::count(kinds.begin(), kinds.end(), "elementwise"));
}

TEST(Sequential, FusesABatchNormWithTheReluBehindItAlone) {
  const std::size_t alone = activations_of(BatchNorm2d(3));
  EXPECT_EQ(activations_of(BatchNorm2d(3), ReLU()), alone);
  EXPECT_EQ(activations_of(BatchNorm2d(3), LeakyReLU(0.2)), alone);
  EXPECT_EQ(activations_of(BatchNorm2d(3), ReLU(), ReLU()), alone + 1);
  EXPECT_EQ(activations_of(BatchNorm2d(3), LeakyReLU(-0.2)), alone + 1);  // its gradient needs the input
  EXPECT_EQ(activations_of(BatchNorm2d(3), Tanh()), alone + 1);
  EXPECT_EQ(activations_of(ReLU(), BatchNorm2d(3)), alone + 1);
}

TEST(Sequential, ChecksTheRankOfAFusedBatchNorm) {
  Sequential net(BatchNorm2d(3), ReLU());
  EXPECT_THROW(net(Tensor::ones({2, 3, 4})), Error);
  EXPECT_THROW(net(Tensor::ones({1, 3, 1, 1})), Error);  // one value per channel in training
  EXPECT_EQ(net.state_dict().at("0.num_batches_tracked").item<std::int64_t>(), 0);
}

}  // namespace
}  // namespace wisp::nn
