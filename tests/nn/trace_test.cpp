// Traces: what is recorded of a forward() written in C++, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/message_of.h>
#include <wisp/nn/call_observer.h>
#include <wisp/wisp.h>

namespace wisp::nn {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;

std::vector<std::string> ops_of(const Trace& trace) {
  std::vector<std::string> names;
  for (const TracedOp& op : trace.ops) names.push_back(op.op);
  return names;
}

// What f makes of its input, in a module called "part".
class Network : public Module {
 public:
  explicit Network(std::function<Tensor(const Tensor&)> f) : part_(register_module("part", Part(std::move(f)))) {}
  Tensor forward(const Tensor& x) const override { return part_(x); }

 private:
  class Part : public Module {
   public:
    explicit Part(std::function<Tensor(const Tensor&)> f) : f_(std::move(f)) {}
    Tensor forward(const Tensor& x) const override { return f_(x); }

   private:
    std::function<Tensor(const Tensor&)> f_;
  };
  Part part_;
};

std::string refusal(const std::function<Tensor(const Tensor&)>& f, const Tensor& sample) {
  Network network(f);
  return message_of([&] { trace(network, {sample}); });
}

TEST(Trace, HasTheOpsTheirOptionsAndWhoCalledThem) {
  Rng rng(1);
  Sequential network(SpectralNorm(Conv2d(1, 2, 3, {.stride = 2}, rng), {}, rng), BatchNorm2d(2), LeakyReLU(0.2),
                     Sequential(Flatten(), Linear(8, 3, rng)));
  const Trace recorded = trace(network, {Tensor::randn({2, 1, 5, 5}, rng)});
  EXPECT_THAT(ops_of(recorded), ElementsAre("conv2d", "batch_norm", "leaky_relu", "reshape", "linear"));
  EXPECT_EQ(recorded.ops[0].module, "0");
  EXPECT_EQ(recorded.ops[4].module, "3.1");
  EXPECT_EQ(recorded.values[recorded.ops[4].inputs[1]].name, "3.1.weight");
  EXPECT_EQ(recorded.values[recorded.ops[1].inputs[2]].name, "1.running_var");
  EXPECT_TRUE(recorded.values[recorded.ops[0].inputs[1]].is_constant) << "the normalised weight follows from no input";
  EXPECT_EQ(recorded.ops[0].attributes[0].second, autograd::Attribute(std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(recorded.shape(recorded.outputs[0]), (Shape{2, 3}));
  EXPECT_TRUE(network.is_training());
  ASSERT_EQ(recorded.calls[0].depth, 0);
  EXPECT_EQ(recorded.calls[0].end_op, 5u);
}

TEST(Trace, SeesEveryLayerOfAFusedPair) {
  Rng rng(1);
  Sequential network(BatchNorm2d(2), ReLU());
  const Trace recorded = trace(network, {Tensor::randn({2, 2, 3, 3}, rng)});
  EXPECT_EQ(recorded.calls.size(), 3u);
  EXPECT_THAT(ops_of(recorded), ElementsAre("batch_norm", "relu"));
}

TEST(Trace, TakesSeveralInputsAndOutputsThatAreInputs) {
  class Pair : public Module {
    Tensors forward_all(const Tensors& in) const override { return {in[0] + in[1], in[1]}; }
  };
  Pair pair;
  const Trace recorded = trace(pair, {Tensor::ones({2}), Tensor::zeros({2})});
  EXPECT_THAT(ops_of(recorded), ElementsAre("add"));
  EXPECT_EQ(recorded.outputs[1], recorded.inputs[1]);
}

TEST(Trace, RefusesNumbersTakenOutOfWhatFollowsFromTheInput) {
  const Tensor x = Tensor::full({2, 2}, 3.0);
  EXPECT_THAT(refusal([](const Tensor& t) { return sum(t).item<float>() > 0 ? t : -t; }, x),
              AllOf(HasSubstr("part"), HasSubstr("item"), HasSubstr("sum")));
  EXPECT_THAT(refusal([](const Tensor& t) { return t * static_cast<double>(t.values<float>()[0]); }, x),
              AllOf(HasSubstr("part"), HasSubstr("values"), HasSubstr("input")));
  EXPECT_THAT(
      refusal([](const Tensor& t) { return t * static_cast<double>(t.detach().reshape({4}).values<float>()[0]); }, x),
      HasSubstr("reshape"));
}

TEST(Trace, RefusesWhatIsNotTheSameForEveryInput) {
  const Tensor x = Tensor::full({2, 2}, 3.0);
  EXPECT_THAT(refusal([](const Tensor& t) { return t.data<float>()[0] == 3.f ? t + t : t * t * t; }, x),
              HasSubstr("ops were called"));
  EXPECT_THAT(refusal([](const Tensor& t) { return t.data<float>()[0] == 3.f ? t + t : t * t; }, x),
              AllOf(HasSubstr("add"), HasSubstr("mul")));
  EXPECT_THAT(refusal([](const Tensor& t) { return t * static_cast<double>(t.data<float>()[0]); }, x),
              AllOf(HasSubstr("part"), HasSubstr("mul")));
  EXPECT_THAT(refusal(
                  [](const Tensor& t) {
                    Tensor y = t * 2.0;
                    y.copy_(Tensor::from({2, 2}, std::vector<float>(t.data<float>(), t.data<float>() + 4)));
                    return y + 1.0;
                  },
                  x),
              HasSubstr("by no op"));
  EXPECT_THAT(refusal(
                  [](const Tensor& t) {
                    return Tensor::from({2, 2}, std::vector<float>(t.data<float>(), t.data<float>() + 4));
                  },
                  x),
              HasSubstr("by no op"));
  Rng rng(1);
  EXPECT_THAT(refusal([&](const Tensor& t) { return t + Tensor::randn({2, 2}, rng); }, x), HasSubstr("call to call"));
}

TEST(Trace, VariesWholeNumbersToo) {
  const auto first = [](const Tensor& t) { return t.to(DType::f32) * static_cast<double>(t.data<std::int64_t>()[0]); };
  EXPECT_THAT(refusal(first, Tensor::from({2}, {3, 4})), HasSubstr("mul"));
}

TEST(Trace, OfOneTensorForTwoInputs) {
  class Difference : public Module {
    Tensors forward_all(const Tensors& in) const override { return {in[0] - in[1]}; }
  };
  Difference difference;
  for (const Tensor& x : {Tensor::ones({2}), Tensor::from({2}, {3, 4}).to(DType::f64)}) {
    const Trace recorded = trace(difference, {x, x});
    EXPECT_EQ(recorded.ops[0].inputs, recorded.inputs);
    EXPECT_NE(recorded.inputs[0], recorded.inputs[1]);
  }
}

TEST(Trace, OfAModuleThatTriesAnother) {
  class Fails : public Module {
    Tensor forward(const Tensor&) const override { fail("not today"); }
  };
  class Tries : public Module {
   public:
    Tensor forward(const Tensor& x) const override {
      try {
        return first_(x);
      } catch (const Error&) {
        return second_(x);
      }
    }

   private:
    Fails first_ = register_module("first", Fails());
    Tanh second_ = register_module("second", Tanh());
  };
  Sequential network((Tries()), ReLU());
  const Trace recorded = trace(network, {Tensor::ones({2})});
  std::vector<std::string> calls;
  for (const TracedCall& call : recorded.calls) calls.push_back(fmt::format("{} {}", call.depth, call.module));
  EXPECT_THAT(calls, ElementsAre("0 ", "1 0", "2 0.second", "1 1"));
  EXPECT_EQ(recorded.calls[0].end_op, 2u);
}

TEST(Trace, LeavesModesAndNothingBehindWhereItFails) {
  Network network([](const Tensor& t) { return t * static_cast<double>(sum(t).item<float>()); });
  EXPECT_THROW(trace(network, {Tensor::ones({2})}), Error);
  EXPECT_TRUE(network.is_training());
  EXPECT_EQ(sum(Tensor::ones({2})).item<float>(), 2.f);
  EXPECT_FALSE(autograd::has_recorder());
  EXPECT_EQ(CallObserver::newest(), nullptr);
}

}  // namespace
}  // namespace wisp::nn
