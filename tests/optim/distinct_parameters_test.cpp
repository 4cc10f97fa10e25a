// A parameter that is given twice would step twice, from two threads at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include <tests/leaf.h>
#include <tests/message_of.h>
#include <wisp/wisp.h>

namespace wisp::optim {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::leaf;
using testing::message_of;

using Make = std::unique_ptr<Optimizer> (*)(const Tensors&);
class AnOptimizer : public ::testing::TestWithParam<std::pair<const char*, Make>> {};

TEST_P(AnOptimizer, RefusesAParameterGivenTwice) {
  const Tensor a = leaf({1, 2}), b = leaf({3});
  EXPECT_THAT(message_of([&] {
                GetParam().second({a, b, a});
              }),
              AllOf(HasSubstr(GetParam().first), HasSubstr("parameter 2"), HasSubstr("parameter 0")));
  Tensor alias = a.detach().reshape({2, 1});
  alias.set_requires_grad(true);
  EXPECT_THAT(message_of([&] {
                GetParam().second({b, alias, a});
              }),
              AllOf(HasSubstr("parameter 2"), HasSubstr("parameter 1"), HasSubstr("numbers")));
  EXPECT_EQ(message_of([&] { GetParam().second({a, b, leaf({1, 2})}); }), "no error") << "equal numbers are no matter";
}

TEST_P(AnOptimizer, RefusesParametersThatHaveBecomeOne) {
  Tensor a = leaf({1, 2}), b = leaf({3, 4});
  const auto optimizer = GetParam().second({a, b});
  a.set_grad(Tensor::ones({2}, DType::f64));
  b.set_grad(Tensor::ones({2}, DType::f64));
  b.set_data(a);
  EXPECT_THAT(message_of([&] { optimizer->step(); }), HasSubstr("parameter 1"));
  EXPECT_THAT(a.values<double>(), ElementsAre(1, 2));
}

// The gradients of before the step, in whatever order the parameters are changed.
TEST_P(AnOptimizer, TakesAGradientThatIsAParameter) {
  Tensor a = leaf({1, 2}), b = leaf({3, 4}), c = leaf({1, 2}), d = leaf({3, 4});
  const auto optimizer = GetParam().second({a, b}), plain = GetParam().second({c, d});
  a.set_grad(b.detach());
  b.set_grad(a.detach());
  c.set_grad(Tensor::from({2}, {3.0, 4.0}));
  d.set_grad(Tensor::from({2}, {1.0, 2.0}));
  optimizer->step();
  plain->step();
  EXPECT_EQ(a.values<double>(), c.values<double>());
  EXPECT_EQ(b.values<double>(), d.values<double>());
}

// What no longer fits is found before anything has changed: here the second parameter's dtype.
TEST_P(AnOptimizer, StepsWhollyOrNotAtAll) {
  const auto spoiled = [](const std::function<void(Tensor&)>& spoil) {
    Tensor a = leaf({1, 2}), b = leaf({3});
    const auto optimizer = GetParam().second({a, b});
    const auto set_gradients = [&] {
      a.set_grad(Tensor::ones({2}, DType::f64));
      b.set_grad(Tensor::ones({1}, DType::f64));
    };
    set_gradients();
    optimizer->step();
    set_gradients();
    spoil(b);
    const auto numbers = a.values<double>();
    std::map<std::string, std::vector<double>> state;
    for (const auto& [name, tensor] : optimizer->state_dict()) state[name] = tensor.to(DType::f64).values<double>();
    EXPECT_THAT(message_of([&] { optimizer->step(); }), AllOf(HasSubstr(GetParam().first), HasSubstr("f32")));
    EXPECT_EQ(a.values<double>(), numbers);
    for (const auto& [name, tensor] : optimizer->state_dict())
      EXPECT_EQ(tensor.to(DType::f64).values<double>(), state.at(name)) << name;
  };
  spoiled([](Tensor& b) { b.set_data(Tensor::ones({1})); });  // its gradient is f64
  spoiled([](Tensor& b) {                                     // what is remembered of it is f64, or it is bf16
    b.set_grad({});
    b.set_data(Tensor::ones({1}, DType::bf16));
    b.set_grad(Tensor::ones({1}, DType::bf16));
  });
}

INSTANTIATE_TEST_SUITE_P(
    All, AnOptimizer,
    ::testing::Values(
        std::pair<const char*, Make>{"SGD",
                                     [](const Tensors& p) -> std::unique_ptr<Optimizer> {
                                       return std::make_unique<SGD>(
                                           p, SGDOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.5});
                                     }},
        std::pair<const char*, Make>{
            "Adam", [](const Tensors& p) -> std::unique_ptr<Optimizer> { return std::make_unique<Adam>(p); }},
        std::pair<const char*, Make>{
            "AdamW", [](const Tensors& p) -> std::unique_ptr<Optimizer> { return std::make_unique<AdamW>(p); }}),
    [](const auto& test) { return std::string(test.param.first); });

TEST(Ema, RefusesAnAverageGivenTwiceOrOneThatIsAParameter) {
  const Tensor a = Tensor::ones({2}), b = Tensor::ones({2}), p = Tensor::zeros({2}), q = Tensor::zeros({2});
  EXPECT_THAT(message_of([&] {
                ema_update({a, a}, {p, q}, 0.5);
              }),
              AllOf(HasSubstr("ema_update"), HasSubstr("average 1"), HasSubstr("average 0")));
  EXPECT_THAT(message_of([&] {
                ema_update({a, b}, {p, a.detach()}, 0.5);
              }),
              AllOf(HasSubstr("average 0"), HasSubstr("parameter 1")));
  EXPECT_THAT(message_of([&] { ema_update({a}, {a}, 0.5); }), HasSubstr("parameter 0"));
  EXPECT_THAT(message_of([&] { ema_update({a, b}, {p, Tensor::ones({3})}, 0.5); }), HasSubstr("tensor 1"));
  EXPECT_THAT(a.values<float>(), ElementsAre(1, 1)) << "nothing has changed";
  ema_update({a, b}, {p, p}, 0.5);  // only read
  EXPECT_THAT(b.values<float>(), ElementsAre(0.5, 0.5));
}

TEST(ClipGradNorm, RefusesAParameterGivenTwice) {
  Tensor p = leaf({1, 2});
  p.set_grad(Tensor::from({2}, {3.0, 4.0}));
  EXPECT_THAT(message_of([&] {
                nn::clip_grad_norm_({p, p}, 1);
              }),
              AllOf(HasSubstr("clip_grad_norm_"), HasSubstr("parameter 1"), HasSubstr("parameter 0")));
  EXPECT_THAT(message_of([&] { nn::grad_norm({p, p}); }), HasSubstr("grad_norm"));
  EXPECT_THAT(p.grad().values<double>(), ElementsAre(3, 4));
}

}  // namespace
}  // namespace wisp::optim
