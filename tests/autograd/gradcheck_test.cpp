// gradcheck and gradgradcheck find wrong derivatives, in full and in fast mode.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <wisp/autograd/backward.h>
#include <wisp/autograd/gradcheck.h>
#include <wisp/core/rng.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

using autograd::Cotangents;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// x^3 with whatever derivative rule is given: rule(g, x).
TensorFunction cube(Tensor (*rule)(const Tensor&, const Tensor&)) {
  return [rule](const Tensors& in) {
    const Tensor x = in[0].detach();
    return Tensors{autograd::record("cube", x * x * x, {in[0]}, {{in[0]}},
                                    [rule](const Cotangents& c) { return Tensors{rule(c.grad(), c.saved(0))}; })};
  };
}

Tensors inputs() {
  Rng rng(5);
  return {Tensor::randn({2, 3, 2, 4}, rng, DType::f64).set_requires_grad(true)};
}

class Gradcheck : public ::testing::TestWithParam<bool> {
 protected:
  GradcheckOptions options() const { return {.fast_mode = GetParam()}; }
};

INSTANTIATE_TEST_SUITE_P(Modes, Gradcheck, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Fast" : "Full"; });

TEST_P(Gradcheck, AcceptsTheRightRuleToSecondOrder) {
  const auto right = cube([](const Tensor& g, const Tensor& x) { return g * 3.0 * square(x); });
  EXPECT_TRUE(gradcheck(right, inputs(), options()));
  EXPECT_TRUE(gradgradcheck(right, inputs(), options()));
}

TEST_P(Gradcheck, FindsAWrongFactor) {
  const auto wrong = cube([](const Tensor& g, const Tensor& x) { return g * 3.03 * square(x); });
  EXPECT_THAT([&] { gradcheck(wrong, inputs(), options()); }, ThrowsMessage<Error>(HasSubstr("input 0")));
}

TEST_P(Gradcheck, FindsOneWrongElement) {
  const auto wrong = cube([](const Tensor& g, const Tensor& x) {
    Tensor mask = Tensor::ones(x.shape(), DType::f64);
    mask.mutable_data<double>()[17] = 0.9;
    return g * 3.0 * square(x) * mask;
  });
  EXPECT_THROW(gradcheck(wrong, inputs(), options()), Error);
}

TEST_P(Gradcheck, FindsAGradientThatIsMissing) {
  const auto wrong = cube([](const Tensor&, const Tensor&) { return Tensor{}; });
  EXPECT_THROW(gradcheck(wrong, inputs(), options()), Error);
}

TEST_P(Gradcheck, FindsAPathThatIsIgnored) {
  const auto wrong = [](const Tensors& in) { return Tensors{in[0] * square(in[0].detach())}; };
  EXPECT_THROW(gradcheck(wrong, inputs(), options()), Error);
}

TEST_P(Gradcheck, FindsAGraphThatIsCutAltogether) {
  const auto wrong = [](const Tensors& in) { return Tensors{square(in[0].detach())}; };
  EXPECT_THROW(gradcheck(wrong, inputs(), options()), Error);
}

TEST_P(Gradcheck, FindsNaN) {
  const auto wrong = cube([](const Tensor& g, const Tensor& x) { return g * (x / (x - x)); });
  EXPECT_THROW(gradcheck(wrong, inputs(), options()), Error);
}

TEST_P(Gradcheck, LooksAtEveryInputAndOutput) {
  Rng rng(6);
  const Tensors two{Tensor::randn({2, 3}, rng, DType::f64).set_requires_grad(true),
                    Tensor::randn({3}, rng, DType::f64).set_requires_grad(true)};
  const auto right = [](const Tensors& in) { return Tensors{square(in[0]), in[0] * in[1]}; };
  EXPECT_TRUE(gradcheck(right, two, options()));
  const auto wrong = [](const Tensors& in) { return Tensors{square(in[0]), in[0] * exp(in[1].detach()) * in[1]}; };
  EXPECT_THAT([&] { gradcheck(wrong, two, options()); }, ThrowsMessage<Error>(HasSubstr("input 1")));
}

TEST_P(Gradcheck, ASecondDerivativeAloneCanBeWrong) {
  // The first derivative is right in value, but treats one factor as a constant.
  const auto wrong = cube([](const Tensor& g, const Tensor& x) { return g * 3.0 * x * x.detach(); });
  EXPECT_TRUE(gradcheck(wrong, inputs(), options()));
  EXPECT_THROW(gradgradcheck(wrong, inputs(), options()), Error);
}

TEST_P(Gradcheck, TheDerivativeInTheCotangentCanBeWrong) {
  const auto wrong = cube([](const Tensor& g, const Tensor& x) { return g.detach() * 3.0 * square(x); });
  EXPECT_TRUE(gradcheck(wrong, inputs(), options()));
  EXPECT_THROW(gradgradcheck(wrong, inputs(), options()), Error);
}

TEST_P(Gradcheck, ConstantsAmongTheInputsAreLeftAlone) {
  Rng rng(6);
  Tensors mixed = inputs();
  mixed.push_back(Tensor::randn({3, 1, 1}, rng, DType::f64));
  mixed.push_back({});
  const auto function = [](const Tensors& in) {
    EXPECT_FALSE(in[1].requires_grad());
    EXPECT_FALSE(in[2].defined());
    return Tensors{square(in[0]) * in[1]};
  };
  EXPECT_TRUE(gradcheck(function, mixed, options()));
  EXPECT_TRUE(gradgradcheck(function, mixed, options()));
}

TEST_P(Gradcheck, LeavesTheInputsAsTheyAre) {
  const Tensors in = inputs();
  const std::vector<double> before = in[0].values<double>();
  const std::uint64_t version = in[0].storage()->version;
  gradgradcheck(cube([](const Tensor& g, const Tensor& x) { return g * 3.0 * square(x); }), in, options());
  EXPECT_EQ(in[0].values<double>(), before);
  EXPECT_EQ(in[0].storage()->version, version);
  EXPECT_FALSE(in[0].grad().defined());
}

TEST_P(Gradcheck, WorksWhileGradientsAreOff) {
  const NoGrad guard;
  const auto function = [](const Tensors& in) { return Tensors{tanh(in[0]) * in[0]}; };
  EXPECT_TRUE(gradcheck(function, inputs(), options()));
  EXPECT_TRUE(gradgradcheck(function, inputs(), options()));
}

// The logarithm of 0 is on one side of the difference: it is infinite, and 1e6 is not within a share of that.
TEST(GradcheckErrors, AnInfiniteDifferenceProvesNothing) {
  const Tensor x = Tensor::full({1}, 1e-6, DType::f64).set_requires_grad(true);
  EXPECT_THAT([&] { gradcheck([](const Tensors& in) { return Tensors{log(in[0])}; }, {x}); },
              ThrowsMessage<Error>(HasSubstr("inf")));
}

TEST(GradcheckErrors, NeedsDoublesThatRequireGrad) {
  const auto function = [](const Tensors& in) { return Tensors{square(in[0])}; };
  EXPECT_THAT([&] { gradcheck(function, {Tensor::ones({2}).set_requires_grad(true)}); },
              ThrowsMessage<Error>(AllOf(HasSubstr("input 0"), HasSubstr("f32"), HasSubstr("f64"))));
  EXPECT_THAT([&] { gradcheck(function, {Tensor::ones({2}, DType::f64)}); },
              ThrowsMessage<Error>(HasSubstr("no input requires grad")));
}

}  // namespace
}  // namespace wisp
