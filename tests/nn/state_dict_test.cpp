// Names of parameters and buffers, and saving and loading them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/linear.h>
#include <wisp/nn/sequential.h>

namespace wisp::nn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Sequential network(std::uint64_t seed) {
  Rng rng(seed);
  return Sequential(Conv2d(2, 4, {3, 2}, {.bias = false}, rng), BatchNorm2d(4), LeakyReLU(0.2), Flatten(),
                    Linear(12, 3, rng));
}

std::vector<std::string> names(const std::vector<std::pair<std::string, Tensor>>& tensors) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : tensors) result.push_back(name);
  return result;
}

TEST(StateDict, ParametersAreNamedAsInPyTorch) {
  EXPECT_THAT(names(network(1).named_parameters()),
              ElementsAre("0.weight", "1.weight", "1.bias", "4.weight", "4.bias"));
}

TEST(StateDict, BuffersAreNamedAsInPyTorch) {
  EXPECT_THAT(names(network(1).named_buffers()),
              ElementsAre("1.running_mean", "1.running_var", "1.num_batches_tracked"));
}

TEST(StateDict, HoldsParametersAndBuffersOutsideTheGraph) {
  const StateDict state = network(1).state_dict();
  EXPECT_EQ(state.size(), 8u);
  EXPECT_EQ(state.at("0.weight").shape(), (Shape{4, 2, 3, 2}));
  EXPECT_EQ(state.at("1.num_batches_tracked").shape(), Shape{});
  EXPECT_EQ(state.at("1.num_batches_tracked").dtype(), DType::i64);
  for (const auto& [name, tensor] : state) EXPECT_FALSE(tensor.requires_grad()) << name;
}

TEST(StateDict, SharesNumbersWithTheModule) {
  const Sequential net = network(1);
  EXPECT_EQ(net.state_dict().at("4.bias").storage(), net.parameters()[4].storage());
}

TEST(StateDict, OfNestedModulesJoinsNamesWithDots) {
  Rng rng(1);
  Sequential outer(ReLU(), Sequential(ReLU(), Linear(2, 3, rng)));
  EXPECT_THAT(names(outer.named_parameters()), ElementsAre("1.1.weight", "1.1.bias"));
}

TEST(LoadStateDict, CopiesEveryTensor) {
  Sequential from = network(1), to = network(2);
  Rng rng(3);
  from(Tensor::randn({5, 2, 3, 4}, rng));  // moves the running statistics
  to.load_state_dict(from.state_dict());
  const StateDict source = from.state_dict(), copy = to.state_dict();
  for (const auto& [name, tensor] : source) {
    EXPECT_NE(tensor.storage(), copy.at(name).storage()) << name;
    if (name != "1.num_batches_tracked") {
      EXPECT_EQ(tensor.values<float>(), copy.at(name).values<float>()) << name;
    }
  }
  EXPECT_EQ(copy.at("1.num_batches_tracked").item<std::int64_t>(), 1);
  for (const Tensor& parameter : to.parameters()) EXPECT_TRUE(parameter.requires_grad() && parameter.is_leaf());
}

// Loads a spoilt state into a network and returns the message; the network must be unchanged.
std::string message_of(const std::function<void(StateDict&)>& spoil) {
  Sequential net = network(1);
  Sequential donor = network(2);
  StateDict state = donor.state_dict();
  spoil(state);
  std::map<std::string, std::vector<float>> before;
  for (const auto& [name, tensor] : net.state_dict())
    if (tensor.dtype() == DType::f32) before[name] = tensor.values<float>();
  std::string message;
  try {
    net.load_state_dict(state);
  } catch (const Error& error) {
    message = error.what();
  }
  for (const auto& [name, tensor] : net.state_dict())
    if (tensor.dtype() == DType::f32) {
      EXPECT_EQ(tensor.values<float>(), before[name]) << name;
    }
  return message;
}

TEST(LoadStateDict, AMissingTensorIsNamedAndNothingChanges) {
  EXPECT_THAT(message_of([](StateDict& state) { state.erase("4.weight"); }),
              AllOf(HasSubstr("4.weight"), HasSubstr("missing"), HasSubstr("3x12")));
}

TEST(LoadStateDict, AnUnexpectedTensorIsNamedAndNothingChanges) {
  EXPECT_THAT(message_of([](StateDict& state) { state["0.bias"] = Tensor::zeros({4}); }),
              AllOf(HasSubstr("0.bias"), HasSubstr("unexpected")));
}

TEST(LoadStateDict, AWrongShapeIsNamedAndNothingChanges) {
  EXPECT_THAT(message_of([](StateDict& state) {
                state["4.weight"] = Tensor::zeros({12, 3});
              }),
              AllOf(HasSubstr("4.weight"), HasSubstr("12x3"), HasSubstr("3x12")));
}

TEST(LoadStateDict, AWrongDTypeIsNamedAndNothingChanges) {
  EXPECT_THAT(message_of([](StateDict& state) { state["4.bias"] = Tensor::zeros({3}, DType::f64); }),
              AllOf(HasSubstr("4.bias"), HasSubstr("f64"), HasSubstr("f32")));
  EXPECT_THAT(message_of([](StateDict& state) { state["1.num_batches_tracked"] = Tensor::zeros({}); }),
              HasSubstr("1.num_batches_tracked"));
}

TEST(LoadStateDict, OfItsOwnStateChangesNothing) {
  Sequential net = network(1);
  const std::vector<float> before = net.parameters()[0].values<float>();
  net.load_state_dict(net.state_dict());
  EXPECT_EQ(net.parameters()[0].values<float>(), before);
}

}  // namespace
}  // namespace wisp::nn
