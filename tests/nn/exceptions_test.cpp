// What throws half-way leaves modes, momenta, statistics and weights as they were.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include <tests/message_of.h>
#include <wisp/core/parallel.h>
#include <wisp/wisp.h>

namespace wisp::nn {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

// The identity, until its last call.
class Failing : public Module {
 public:
  explicit Failing(int good_calls) : calls_left_(std::make_shared<int>(good_calls)) {}
  Tensor forward(const Tensor& input) const override {
    check((*calls_left_)-- > 0, "Failing: enough");
    return input;
  }

 private:
  std::shared_ptr<int> calls_left_;
};

std::map<std::string, std::vector<double>> numbers_of(const Module& module) {
  std::map<std::string, std::vector<double>> numbers;
  for (const auto& [name, tensor] : module.state_dict()) numbers[name] = tensor.to(DType::f64).values<double>();
  return numbers;
}

std::vector<bool> modes_of(Module& module) {
  std::vector<bool> modes;
  module.apply([&](Module& part) { modes.push_back(part.is_training()); });
  return modes;
}

TEST(Exceptions, InUpdateBnLeaveEverythingAsItWas) {
  Rng rng(4);
  const Tensors batches{Tensor::randn({5, 2, 6, 4}, rng), Tensor::randn({5, 2, 6, 4}, rng)};
  for (const int good_calls : {1, 2}) {
    Sequential network(SpectralNorm(Conv2d(2, 3, 3, {}, rng), {}, rng), BatchNorm2d(3, {.momentum = 0.3}),
                       Failing(good_calls), BatchNorm2d(3, {.momentum = std::nullopt}));
    network(batches[0]);
    network.eval();
    network[1].train();
    const auto numbers = numbers_of(network);
    const std::vector<bool> modes = modes_of(network);
    EXPECT_THAT(message_of([&] { update_bn(batches, network); }), HasSubstr("enough"));
    EXPECT_EQ(numbers_of(network), numbers);
    EXPECT_EQ(modes_of(network), modes);
    EXPECT_EQ(dynamic_cast<BatchNorm&>(network[1]).momentum(), 0.3);
    EXPECT_EQ(dynamic_cast<BatchNorm&>(network[3]).momentum(), std::nullopt);
    EXPECT_TRUE(grad_enabled());
  }
}

TEST(Exceptions, EndAScopedMode) {
  Sequential network(ReLU(), Sequential(ReLU(), BatchNorm1d(3)), ReLU());
  network[1].eval();
  const std::vector<bool> modes = modes_of(network);
  for (const bool training : {true, false}) {
    const auto scope = [&] {
      const ScopedMode mode(network, training);
      EXPECT_THAT(modes_of(network), ::testing::Each(training));
      fail("stop");
    };
    EXPECT_THROW(scope(), Error);
    EXPECT_EQ(modes_of(network), modes);
  }
}

// An input of the wrong number of channels is noticed when the weight is normalised already.
TEST(Exceptions, InASpectralNormLeaveItsLayerUsable) {
  Rng rng(1);
  SpectralNorm layer(Conv2d(3, 2, 3, {}, rng), {}, rng);
  layer.eval();
  const Tensor image = Tensor::ones({1, 3, 5, 4}), before = layer(image);
  EXPECT_THROW(layer(Tensor::ones({1, 4, 5, 4})), Error);
  EXPECT_EQ(layer(image).values<float>(), before.values<float>());
  EXPECT_EQ(layer.parameters().size(), 2u);
}

TEST(Exceptions, InModuleToConvertNothing) {
  class Network : public Module {
   public:
    Network() {
      register_parameter("weight", Tensor::ones({2}));
      statistics = register_buffer("statistics", Tensor::ones({2}));
    }
    Tensor forward(const Tensor& input) const override { return input; }
    Tensor statistics;
  };
  Network network;
  network.statistics.copy_(network.parameters()[0] * 2.0);  // its dtype is that of the graph
  EXPECT_THAT(message_of([&] { network.to(DType::f64); }), HasSubstr("statistics"));
  EXPECT_EQ(network.parameters()[0].dtype(), DType::f32);
}

TEST(Exceptions, EndSettingsOfAThread) {
  const int threads = num_threads();
  const auto scope = [] {
    const NoGrad no_grad;
    const Autocast autocast;
    const ThreadLimit one(1);
    fail("stop");
  };
  EXPECT_THROW(scope(), Error);
  EXPECT_TRUE(grad_enabled());
  EXPECT_FALSE(autocast_enabled());
  EXPECT_EQ(num_threads(), threads);
}

// The second batch norm refuses (one value per channel): the first has counted its batch, as in PyTorch.
TEST(Exceptions, InALaterLayerLeaveTheLayerThatThrewAsItWas) {
  Sequential network(BatchNorm2d(3), Flatten(), BatchNorm1d(4));
  const auto before = numbers_of(network[2]);
  EXPECT_THROW(network(Tensor::ones({2, 3, 1, 1})), Error);
  EXPECT_EQ(numbers_of(network[2]), before);
}

TEST(Exceptions, InPushBackAddNoLayer) {
  Sequential network{ReLU()};
  EXPECT_THROW(network.push_back(BatchNorm2d(0)), Error);
  EXPECT_EQ(network.size(), 1u);
  EXPECT_EQ(modes_of(network).size(), 2u);
}

}  // namespace
}  // namespace wisp::nn
