// What modules say of themselves, others made of that, and types of one's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/message_of.h>
#include <wisp/wisp.h>

namespace wisp::nn {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::message_of;

class Scaled : public Module {
 public:
  Scaled(std::int64_t width, double factor, bool with_bias, Rng& rng)
      : features(width),
        scale(factor),
        shifted(with_bias),
        linear_(register_module("linear", Linear(width, width, {.bias = with_bias}, rng))),
        offset_(register_buffer("offset", Tensor::ones({1}))) {}
  Tensor forward(const Tensor& x) const override { return linear_(x) * scale + offset_; }

  const std::int64_t features;
  const double scale;
  const bool shifted;

 private:
  Linear linear_;
  Tensor& offset_;
};
const bool scaled_is_known = register_type<Scaled>("Scaled", {"features", "scale", "shifted"}, &Scaled::features,
                                                   &Scaled::scale, &Scaled::shifted);

// Nobody registered it.
class Stranger : public ReLU {};

// It makes another child than it says.
class Liar : public Module {
 public:
  Liar() { register_module("child", ReLU()); }
  Liar(int) { register_module("child", Tanh()); }
  Tensor forward(const Tensor& x) const override { return x; }
};
const bool liar_is_known = register_type<Liar>("Liar");

TEST(Description, OfAModuleOfOnesOwn) {
  Rng rng(1);
  const Sequential network(Scaled(3, 0.5, true, rng), ReLU());
  const Description description = describe(network);
  EXPECT_EQ(description.type, "Sequential");
  ASSERT_EQ(description.children.size(), 2u);
  const Description& scaled = description.children[0].second;
  EXPECT_EQ(scaled.options, (Options{{"features", std::int64_t{3}}, {"scale", 0.5}, {"shifted", true}}));
  EXPECT_EQ(scaled.children[0].first, "linear");
  EXPECT_EQ(fmt::format("{}", network), R"(Sequential(
  (0): Scaled(
    features=3, scale=0.5, shifted=True
    (linear): Linear(in_features=3, out_features=3, bias=True)
  )
  (1): ReLU()
))");
}

TEST(Description, MakesAnother) {
  Rng rng(1);
  Sequential network(Scaled(3, 0.5, false, rng), ReLU());
  network[1].eval();
  const Description description = describe(network);
  const std::shared_ptr<Module> made = make_module(description, rng);
  EXPECT_EQ(describe(*made), description);
  EXPECT_FALSE(dynamic_cast<Sequential&>(*made)[1].is_training());
  EXPECT_TRUE(made->is_training());
}

TEST(Description, OfAnUnknownTypePrintsAndMakesNothing) {
  EXPECT_EQ(fmt::format("{}", Sequential(Stranger(), ReLU())), "Sequential(\n  (0): Stranger()\n  (1): ReLU()\n)");
  Rng rng(1);
  EXPECT_THAT(message_of([&] { make_module(describe(Sequential(ReLU(), Stranger())), rng); }),
              AllOf(HasSubstr("1"), HasSubstr("\"Stranger\""), HasSubstr("register_type")));
}

TEST(Description, ThatItsConstructorDoesNotFollow) {
  EXPECT_THAT(message_of([] { Liar(1).clone(); }), AllOf(HasSubstr("Liar"), HasSubstr("child"), HasSubstr("ReLU")));
  Rng rng(1);
  Description linear{"Linear", {{"in_features", std::int64_t{2}}, {"bias", true}}};
  EXPECT_THAT(message_of([&] { make_module(linear, rng); }), AllOf(HasSubstr("Linear"), HasSubstr("out_features")));
  linear.options = {{"in_features", std::int64_t{2}}, {"out_features", 2.5}, {"bias", true}};
  EXPECT_THAT(message_of([&] { make_module(linear, rng); }), AllOf(HasSubstr("out_features"), HasSubstr("2.5")));
  linear.options = {{"in_features", std::int64_t{2}}, {"out_features", std::int64_t{0}}, {"bias", true}};
  EXPECT_THAT(message_of([&] { make_module(linear, rng); }), HasSubstr("at least 1"));
  linear.options = {{"in_features", std::int64_t{2}}, {"out_features", std::int64_t{1}}, {"bias", true}, {"gain", 1.0}};
  EXPECT_THAT(message_of([&] { make_module(linear, rng); }), HasSubstr("4 options"));
}

TEST(RegisterType, NamesAndClassesAreTakenOnce) {
  EXPECT_TRUE(register_type<Liar>("Liar")) << "as by a header that two files include";
  EXPECT_THAT(message_of([] { register_type<Stranger>("Linear"); }), HasSubstr("Linear"));
  EXPECT_THAT(message_of([] { register_type<Liar>("Other"); }), HasSubstr("Liar"));
  EXPECT_THAT(message_of([] { register_type<Stranger>(""); }), HasSubstr("empty"));
}

TEST(Clone, IsALayerOfItsOwn) {
  Rng rng(1);
  Sequential network(Scaled(3, 0.5, true, rng), BatchNorm1d(3));
  network[0].requires_grad_(false);
  network(Tensor::randn({4, 3}, rng));
  network.eval();
  const std::shared_ptr<Module> copy = network.clone();
  const Tensor x = Tensor::randn({4, 3}, rng), before = network(x);
  EXPECT_EQ((*copy)(x).values<float>(), before.values<float>());
  EXPECT_FALSE(copy->parameters()[0].requires_grad());
  EXPECT_TRUE(copy->parameters()[2].requires_grad());
  const NoGrad guard;
  for (Tensor& parameter : copy->parameters()) parameter.copy_(Tensor::ones(parameter.shape()));
  copy->train();
  (*copy)(x);
  EXPECT_EQ(network(x).values<float>(), before.values<float>());
}

TEST(Clone, KeepsDtypesAndOptionsThatChanged) {
  BatchNorm2d norm(2);
  norm.to(DType::f64);
  norm.set_momentum(std::nullopt);
  const auto copy = std::dynamic_pointer_cast<BatchNorm2d>(norm.clone());
  EXPECT_EQ(copy->weight.dtype(), DType::f64);
  EXPECT_EQ(copy->momentum(), std::nullopt);
  norm.set_momentum(0.5);
  EXPECT_EQ(copy->momentum(), std::nullopt);
}

TEST(Clone, OfWhatUsesAParameterTwiceIsAnError) {
  Rng rng(1);
  const Linear layer(2, 2, rng);
  EXPECT_THAT(message_of([&] { Sequential(layer, ReLU(), layer).clone(); }), HasSubstr("used twice"));
}

}  // namespace
}  // namespace wisp::nn
