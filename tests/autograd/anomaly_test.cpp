// DetectAnomaly names the op of the first NaN, forward and backward.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include <tests/message_of.h>
#include <wisp/wisp.h>

namespace wisp {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::message_of;

TEST(DetectAnomaly, NamesTheOpThatMakesTheFirstNaN) {
  const Tensor x = Tensor::from({2}, {-1.f, 4.f});
  const auto network = [&] { return tanh(sqrt(x) + 1.0); };
  EXPECT_TRUE(std::isnan(network().values<float>()[0]));
  const DetectAnomaly guard;
  EXPECT_THAT(message_of(network), AllOf(HasSubstr("sqrt gives NaN"), HasSubstr("no NaN went in")));
  const Tensor nan = Tensor::full({2}, std::nan(""));
  EXPECT_THAT(message_of([&] { exp(nan); }), AllOf(HasSubstr("exp gives NaN"), HasSubstr("; NaN went in")));
  EXPECT_NO_THROW(exp(x));
}

TEST(DetectAnomaly, NamesTheOpWhoseGradientIsTheFirstNaN) {
  Tensor x = Tensor::zeros({2}).set_requires_grad(true);
  const Tensor y = sum(sqrt(x) * 0.0);  // its gradient is 0 times 1 / (2 * 0)
  const DetectAnomaly guard;
  EXPECT_THAT(message_of([&] { y.backward(); }), HasSubstr("the gradient of sqrt gives NaN"));
}

TEST(DetectAnomaly, EndsWithItsScope) {
  const Tensor x = Tensor::full({2}, -1.0);
  {
    const DetectAnomaly outer;
    { const DetectAnomaly inner; }
    EXPECT_THROW(sqrt(x), Error);
  }
  EXPECT_NO_THROW(sqrt(x));
}

}  // namespace
}  // namespace wisp
