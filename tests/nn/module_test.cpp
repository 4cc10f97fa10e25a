// Module: modes, dtypes and gradients reach all children; a module of one's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/linear.h>
#include <wisp/nn/sequential.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/reduction.h>

namespace wisp::nn {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// x + scale * second(relu(first(x))): parameters of its own and children, one of them used by its own type.
class Residual : public Module {
 public:
  Residual(std::int64_t features, Rng& rng)
      : scale(register_parameter("scale", Tensor::full({features}, 0.5))),
        shift(register_parameter("shift", Tensor{})),
        calls(register_buffer("calls", Tensor::zeros({}, DType::i64))),
        first_(register_module("first", Linear(features, 2 * features, rng))),
        norm_(register_module("norm", BatchNorm1d(2 * features))),
        second_(register_module("second", Linear(2 * features, features, {.bias = false}, rng))) {}

  Tensor forward(const Tensor& input) const override {
    ++*calls.mutable_data<std::int64_t>();
    return input + scale * second_(relu(norm_(first_(input))));
  }
  bool all(bool training) const {
    return is_training() == training && first_.is_training() == training && norm_.is_training() == training &&
           second_.is_training() == training;
  }

  Tensor &scale, &shift, &calls;

 private:
  Linear first_;
  BatchNorm1d norm_;
  Linear second_;
};

std::vector<std::string> names(const std::vector<std::pair<std::string, Tensor>>& tensors) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : tensors) result.push_back(name);
  return result;
}

TEST(OwnModule, NamesItsParametersThenThoseOfItsChildren) {
  Rng rng(1);
  const Residual block(3, rng);
  EXPECT_THAT(names(block.named_parameters()),
              ElementsAre("scale", "first.weight", "first.bias", "norm.weight", "norm.bias", "second.weight"));
  EXPECT_THAT(names(block.named_buffers()),
              ElementsAre("calls", "norm.running_mean", "norm.running_var", "norm.num_batches_tracked"));
}

TEST(OwnModule, AnUndefinedParameterIsNotRegistered) {
  Rng rng(1);
  const Residual block(3, rng);
  EXPECT_FALSE(block.shift.defined());
  EXPECT_TRUE(block.scale.requires_grad());
  EXPECT_FALSE(block.calls.requires_grad());
}

TEST(OwnModule, TrainsInsideASequential) {
  Rng rng(1);
  Sequential net(Residual(3, rng), Linear(3, 2, rng));
  EXPECT_EQ(net.named_parameters().front().first, "0.scale");
  sum(net(Tensor::randn({4, 3}, rng))).backward();
  for (const auto& [name, parameter] : net.named_parameters()) EXPECT_TRUE(parameter.grad().defined()) << name;
}

TEST(Module, ModesReachAllChildren) {
  Rng rng(1);
  Residual block(3, rng);
  EXPECT_TRUE(block.all(true));
  block.eval();
  EXPECT_TRUE(block.all(false));
  block.train();
  EXPECT_TRUE(block.all(true));
  block.train(false);
  EXPECT_TRUE(block.all(false));
}

TEST(Module, ModesReachGrandchildren) {
  Sequential net(ReLU(), Sequential(ReLU(), BatchNorm1d(3)));
  net.eval();
  EXPECT_FALSE(dynamic_cast<Sequential&>(net[1])[1].is_training());
}

TEST(Module, ToConvertsFloatingTensorsInPlace) {
  Rng rng(1);
  Residual block(3, rng);
  const Tensor handle = block.scale;
  const std::vector<float> before = block.parameters()[1].values<float>();
  block.to(DType::f64);
  EXPECT_EQ(handle.dtype(), DType::f64);
  for (const auto& [name, tensor] : block.state_dict())
    EXPECT_EQ(tensor.dtype(), name.ends_with("calls") || name.ends_with("tracked") ? DType::i64 : DType::f64) << name;
  const std::vector<double> after = block.parameters()[1].values<double>();
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
  const Tensor y = block(Tensor::randn({4, 3}, rng, DType::f64));
  EXPECT_EQ(y.dtype(), DType::f64);
}

TEST(Module, ToKeepsParametersTrainableAndDropsGradients) {
  Rng rng(1);
  Linear layer(3, 2, rng);
  sum(layer(Tensor::randn({4, 3}, rng))).backward();
  layer.to(DType::f64);
  EXPECT_FALSE(layer.weight.grad().defined());
  sum(layer(Tensor::randn({4, 3}, rng, DType::f64))).backward();
  EXPECT_EQ(layer.weight.grad().dtype(), DType::f64);
}

TEST(Module, ToNeedsAFloatingDType) {
  Rng rng(1);
  Linear layer(3, 2, rng);
  EXPECT_THAT([&] { layer.to(DType::i64); }, ThrowsMessage<Error>(HasSubstr("i64")));
  EXPECT_EQ(layer.weight.dtype(), DType::f32);
}

TEST(Module, ZeroGradClearsGradientsOfChildrenToo) {
  Rng rng(1);
  Residual block(3, rng);
  sum(block(Tensor::randn({4, 3}, rng))).backward();
  block.zero_grad();
  for (const auto& [name, parameter] : block.named_parameters()) EXPECT_FALSE(parameter.grad().defined()) << name;
}

TEST(Module, CopiesShareTheirParameters) {
  Rng rng(1);
  Linear layer(3, 2, rng);
  Linear copy = layer;
  copy.bias.copy_(Tensor::full({2}, 7.0));
  EXPECT_THAT(layer.bias.values<float>(), Each(7));
}

TEST(Sequential, AppliesItsModulesInOrder) {
  Rng rng(1);
  Linear first(3, 4, rng), second(4, 2, rng);
  Sequential net(first, Tanh(), second);
  const Tensor x = Tensor::randn({5, 3}, rng);
  EXPECT_EQ(net.size(), 3u);
  EXPECT_EQ(net(x).values<float>(), second(tanh(first(x))).values<float>());
  net.push_back(Sigmoid());
  EXPECT_EQ(net(x).values<float>(), sigmoid(second(tanh(first(x)))).values<float>());
}

TEST(Sequential, WithoutModulesIsTheIdentity) {
  const Tensor x = Tensor::ones({2, 3});
  EXPECT_TRUE(Sequential()(x).is(x));
}

TEST(Apply, VisitsEveryModuleChildrenFirst) {
  Rng rng(1);
  Sequential inner(Linear(2, 3, rng), Linear(3, 2, rng)), outer(inner, Linear(2, 2, rng));
  std::vector<Module*> visited;
  outer.apply([&](Module& module) { visited.push_back(&module); });
  ASSERT_EQ(visited.size(), 5u);
  EXPECT_EQ(visited[0], &dynamic_cast<Sequential&>(outer[0])[0]);
  EXPECT_EQ(visited[2], &outer[0]);
  EXPECT_EQ(visited[3], &outer[1]);
  EXPECT_EQ(visited[4], &outer);
}

TEST(Module, LoadsItsOwnNumbersUnderOtherNames) {
  Rng rng(3);
  Sequential network(Linear(2, 2, rng), Linear(2, 2, rng));
  StateDict state = network.state_dict();
  const std::vector<float> first = state.at("0.weight").values<float>(), second = state.at("1.weight").values<float>();
  std::swap(state.at("0.weight"), state.at("1.weight"));
  network.load_state_dict(state);
  EXPECT_EQ(network.state_dict().at("0.weight").values<float>(), second);
  EXPECT_EQ(network.state_dict().at("1.weight").values<float>(), first);
}

}  // namespace
}  // namespace wisp::nn
