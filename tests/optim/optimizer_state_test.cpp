// What optimizers remember can be taken out and put into another one, which then goes on as the first would have.
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

#include <tests/message_of.h>
#include <tests/optim/four_steps.h>
#include <wisp/optim/adam.h>
#include <wisp/optim/sgd.h>

namespace wisp::optim {
namespace {

using testing::gradients;
using testing::message_of;

// Parameters of two shapes, of which the second gets no gradient.
Tensors parameters() { return {testing::start(), Tensor::from({3}, {1.0, 2.0, 3.0}).set_requires_grad(true)}; }

void step(Optimizer& optimizer, Tensors& parameters, std::size_t i) {
  parameters[0].set_grad(Tensor::from({2, 3}, gradients[i]));
  optimizer.step();
}

template <class O, class Options>
void expect_goes_on(const Options& options, const std::set<std::string>& names) {
  Tensors straight = parameters(), broken = parameters();
  O one(straight, options), first(broken, options);
  EXPECT_TRUE(first.state_dict().empty());
  for (std::size_t i = 0; i < 4; ++i) step(one, straight, i);
  for (std::size_t i = 0; i < 2; ++i) step(first, broken, i);
  std::set<std::string> found;
  for (const auto& [name, tensor] : first.state_dict()) found.insert(name);
  EXPECT_EQ(found, names);

  O second(broken, options);
  second.load_state_dict(first.state_dict());
  const auto numbers = broken[0].values<double>();
  step(first, broken, 3);  // must not change what the second one has
  broken[0].copy_(Tensor::from({2, 3}, numbers));
  for (std::size_t i = 2; i < 4; ++i) step(second, broken, i);
  EXPECT_EQ(broken[0].values<double>(), straight[0].values<double>());
}

TEST(OptimizerState, AdamGoesOn) {
  expect_goes_on<Adam>(AdamOptions{.lr = 0.1}, {"0.exp_avg", "0.exp_avg_sq", "0.step"});
}

TEST(OptimizerState, SGDGoesOn) {
  expect_goes_on<SGD>(SGDOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.5}, {"0.momentum_buffer"});
}

TEST(OptimizerState, CountsSteps) {
  Tensors p = parameters();
  Adam adam(p);
  for (std::size_t i = 0; i < 3; ++i) step(adam, p, i);
  EXPECT_EQ(adam.state_dict().at("0.step").item<std::int64_t>(), 3);
}

TEST(OptimizerState, RefusesWhatDoesNotFitAndKeepsItsOwn) {
  Tensors p = parameters();
  Adam adam(p);
  step(adam, p, 0);
  const auto load = [&](const std::function<void(StateDict&)>& spoil) {
    StateDict state = adam.state_dict();
    spoil(state);
    return message_of([&] { adam.load_state_dict(state); });
  };
  EXPECT_EQ(load([](StateDict& s) { s.erase("0.exp_avg_sq"); }), "Adam: tensor 0.exp_avg_sq is missing");
  EXPECT_EQ(load([](StateDict& s) { s.erase("0.exp_avg"); }), "Adam: tensor 0.exp_avg_sq is unexpected");
  EXPECT_EQ(load([](StateDict& s) {
              s["0.exp_avg"] = Tensor::zeros({3, 2}, DType::f64);
            }),
            "Adam: tensor 0.exp_avg is f64 3x2, f64 2x3 is expected");
  EXPECT_EQ(load([](StateDict& s) { s["0.step"] = Tensor::zeros({}); }),
            "Adam: tensor 0.step is f32 scalar, i64 scalar is expected");
  EXPECT_EQ(load([](StateDict& s) { s["7.exp_avg"] = Tensor::zeros({3}); }),
            "Adam: 1 of the 4 tensors belong to no parameter");
  EXPECT_EQ(adam.state_dict().at("0.step").item<std::int64_t>(), 1);
}

TEST(OptimizerState, LearningRateCanBeChanged) {
  Tensors p = parameters();
  SGD sgd(p, {.lr = 0.5});
  EXPECT_EQ(sgd.lr(), 0.5);
  sgd.set_lr(2);
  p[0].set_grad(Tensor::ones({2, 3}, DType::f64));
  sgd.step();
  EXPECT_DOUBLE_EQ(p[0].values<double>()[0], 0.5 - 2);
  EXPECT_EQ(message_of([&] { sgd.set_lr(-1); }), "SGD: lr must be finite and at least 0, given -1");
}

}  // namespace
}  // namespace wisp::optim
