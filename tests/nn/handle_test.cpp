// A module is a handle: copies are the same layer, evaluated from anywhere; hooks; frozen parameters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include <tests/message_of.h>
#include <wisp/wisp.h>

namespace wisp::nn {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;

TEST(Handle, ModeOptionsAndBuffersAreThoseOfAllCopies) {
  BatchNorm2d norm(2);
  BatchNorm2d copy = norm;
  const Sequential network(norm, ReLU());
  copy.eval();
  EXPECT_FALSE(norm.is_training());
  EXPECT_FALSE(network[0].is_training());
  copy.set_momentum(0.25);
  EXPECT_EQ(norm.momentum(), 0.25);
  norm.train();
  network(Tensor::ones({2, 2, 3, 3}));
  EXPECT_EQ(copy.num_batches_tracked.item<std::int64_t>(), 1);
  EXPECT_TRUE(norm.is(copy));
  EXPECT_FALSE(norm.is(BatchNorm2d(2)));
}

TEST(Handle, AnAssignedWeightIsThatOfAllCopies) {
  Rng rng(1);
  Linear layer(2, 2, {.bias = false}, rng);
  const Sequential network(layer, ReLU());
  layer.weight = Tensor::from({2, 2}, {1.f, 0.f, 0.f, 1.f}).set_requires_grad(true);
  EXPECT_THAT(network(Tensor::from({1, 2}, {3.f, 4.f})).values<float>(), ElementsAre(3, 4));
  layer.bias = Tensor::ones({2}).set_requires_grad(true);
  EXPECT_THAT(network(Tensor::from({1, 2}, {3.f, 4.f})).values<float>(), ElementsAre(4, 5));
  EXPECT_EQ(network.parameters().size(), 2u);
}

TEST(Handle, ASpectralNormsAssignedWeightIsTheOneThatIsNormalised) {
  Rng rng(1);
  SpectralNorm layer(Linear(2, 2, rng), {}, rng);
  layer.eval();
  layer.weight = Tensor::zeros({2, 2}).set_requires_grad(true);
  layer.bias = Tensor::full({2}, 7.0).set_requires_grad(true);
  EXPECT_EQ(layer.state_dict().at("parametrizations.weight.original").values<float>(), (std::vector<float>(4, 0.f)));
  EXPECT_EQ(layer.state_dict().at("bias").values<float>(), (std::vector<float>(2, 7.f)));
}

TEST(Handle, AModuleInsideOfItselfIsAnError) {
  Sequential outer, inner;
  outer.push_back(inner);
  EXPECT_THAT(message_of([&] { outer.push_back(outer); }), HasSubstr("1 is this module"));
  EXPECT_THAT(message_of([&] { inner.push_back(outer); }), HasSubstr("below it"));
  EXPECT_EQ(inner.size(), 0u);
}

TEST(Handle, NestingEnds) {
  Sequential inwards;
  EXPECT_THAT(message_of([&] {
                for (int i = 0; i < 1000; ++i) inwards = Sequential(inwards, ReLU());
              }),
              HasSubstr("deeper than 100"));
  Sequential outermost, innermost = outermost;
  EXPECT_THAT(message_of([&] {
                for (int i = 0; i < 1000; ++i) {
                  Sequential next;
                  innermost.push_back(next);
                  innermost = next;
                }
              }),
              HasSubstr("deeper than 100"));
}

TEST(Handle, IsEvaluatedByManyThreadsAtOnce) {
  Rng rng(1);
  Sequential made(SpectralNorm(Conv2d(2, 4, 3, {}, rng), {}, rng), BatchNorm2d(4), LeakyReLU(0.2), Flatten(),
                  SpectralNorm(Linear(36, 3, rng), {}, rng));
  made.eval();
  const Sequential& network = made;
  const Tensor x = Tensor::randn({2, 2, 5, 5}, rng);
  const std::vector<float> alone = network(x).values<float>();
  std::vector<std::vector<float>> together(4);
  std::vector<std::thread> threads;
  for (auto& result : together)
    threads.emplace_back([&] {
      const NoGrad guard;
      for (int i = 0; i < 20; ++i) result = network(x).values<float>();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(together, Each(alone));
}

// (x, y) -> (x + y, x - y).
class SumAndDifference : public Module {
 public:
  Tensors forward_all(const Tensors& inputs) const override {
    check(inputs.size() == 2, "SumAndDifference: two tensors are expected, given {}", inputs.size());
    return {inputs[0] + inputs[1], inputs[0] - inputs[1]};
  }
};

TEST(SeveralInputs, AndOutputs) {
  const SumAndDifference module;
  const Tensor x = Tensor::full({2}, 3.0), y = Tensor::ones({2});
  const Tensors results = module(Tensors{x, y});
  EXPECT_THAT(results[0].values<float>(), Each(4));
  EXPECT_THAT(results[1].values<float>(), Each(2));
  EXPECT_THAT(message_of([&] { module(x); }), HasSubstr("two tensors"));
  EXPECT_THAT(message_of([&] { module.forward(x); }), HasSubstr("SumAndDifference"));
  EXPECT_THAT(message_of([&] { ReLU()(Tensors{x, y}); }), AllOf(HasSubstr("ReLU"), HasSubstr("2")));
  class Nothing : public Module {};
  EXPECT_THAT(message_of([&] { Nothing()(x); }), HasSubstr("Nothing"));
}

TEST(Hooks, SeeAndChangeWhatGoesInAndComesOut) {
  Rng rng(1);
  Linear layer(2, 2, rng);
  const Sequential network(layer, ReLU());
  std::vector<std::string> calls;
  const auto remove_pre = layer.register_forward_pre_hook([&](const Module& module, const Tensors& inputs) {
    calls.push_back("before " + module.type());
    return Tensors{inputs[0] * 0.0};
  });
  const auto remove = layer.register_forward_hook([&](const Module&, const Tensors& inputs, const Tensors& outputs) {
    EXPECT_THAT(inputs[0].values<float>(), Each(0));
    calls.push_back("after");
    return Tensors{outputs[0] * 0.0 + 5.0};
  });
  layer.register_forward_hook([&](const Module&, const Tensors&, const Tensors& outputs) {
    EXPECT_THAT(outputs[0].values<float>(), Each(5));
    return Tensors{};
  });
  EXPECT_THAT(network(Tensor::ones({1, 2})).values<float>(), Each(5));
  EXPECT_THAT(calls, ElementsAre("before Linear", "after"));
  remove_pre();
  remove_pre();
  remove();
  EXPECT_EQ(calls.size(), 2u);
}

TEST(Hooks, OfABatchNormOrTheReluBehindItAreCalled) {
  BatchNorm2d norm(2);
  ReLU relu;
  const Sequential network(norm, relu);
  int calls = 0;
  const auto count = [&](const Module&, const Tensors&, const Tensors&) {
    ++calls;
    return Tensors{};
  };
  const Tensor x = Tensor::ones({2, 2, 3, 3});
  const auto remove = norm.register_forward_hook(count);
  network(x);
  EXPECT_EQ(calls, 1);
  remove();
  relu.register_forward_hook(count);
  network(x);
  EXPECT_EQ(calls, 2);
}

TEST(Hooks, MayRemoveThemselvesAndOutliveTheModule) {
  std::function<void()> remove;
  {
    ReLU relu;
    int calls = 0;
    remove = relu.register_forward_hook([&](const Module&, const Tensors&, const Tensors&) {
      ++calls;
      remove();
      return Tensors{};
    });
    relu(Tensor::ones({1}));
    relu(Tensor::ones({1}));
    EXPECT_EQ(calls, 1);
  }
  remove();
}

TEST(Frozen, ParametersAreLeftAlone) {
  Rng rng(1);
  Sequential network(Linear(2, 2, rng), Linear(2, 1, rng));
  optim::SGD optimizer(network.parameters(), {.lr = 0.1});
  network[0].requires_grad_(false);
  const std::vector<float> first = network.parameters()[0].values<float>(),
                           last = network.parameters()[2].values<float>();
  sum(network(Tensor::ones({3, 2}))).backward();
  optimizer.step();
  EXPECT_FALSE(network.parameters()[0].grad().defined());
  EXPECT_EQ(network.parameters()[0].values<float>(), first);
  EXPECT_NE(network.parameters()[2].values<float>(), last);
  network.requires_grad_();
  EXPECT_TRUE(network.parameters()[0].requires_grad());
}

TEST(Frozen, ALayerStaysSoUnderASpectralNorm) {
  Rng rng(1);
  Linear layer(3, 2, rng);
  layer.requires_grad_(false);
  const SpectralNorm normalised(layer, {}, rng);
  EXPECT_FALSE(normalised.weight.requires_grad());
  EXPECT_FALSE(normalised.bias.requires_grad());
  EXPECT_TRUE(SpectralNorm(Linear(3, 2, rng), {}, rng).weight.requires_grad());
}

TEST(LoadStateDict, ThatIsNotStrictReturnsWhatItPassedOver) {
  Rng rng(1);
  Linear layer(2, 2, rng);
  const IncompatibleKeys keys =
      layer.load_state_dict({{"weight", Tensor::ones({2, 2})}, {"gain", Tensor::ones({1})}}, false);
  EXPECT_THAT(keys.missing_keys, ElementsAre("bias"));
  EXPECT_THAT(keys.unexpected_keys, ElementsAre("gain"));
  EXPECT_THAT(layer.weight.values<float>(), Each(1));
  EXPECT_THAT(message_of([&] { layer.load_state_dict({{"weight", Tensor::ones({3, 2})}}, false); }), HasSubstr("3x2"));
}

}  // namespace
}  // namespace wisp::nn
