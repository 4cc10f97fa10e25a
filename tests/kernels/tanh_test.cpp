#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <wisp/core/rng.h>
#include <wisp/kernels/tanh.h>

namespace wisp::testing {
namespace {

void expect_close(float x) {
  const double exact = std::tanh(static_cast<double>(x));
  const float rounded = static_cast<float>(exact);
  const double ulp = std::abs(static_cast<double>(std::nextafter(rounded, 2.0f)) - static_cast<double>(rounded));
  EXPECT_LE(std::abs(static_cast<double>(kernels::tanh(x)) - exact), 3 * ulp) << x;
}

TEST(Tanh, IsWithinThreeUlps) {
  for (float x = 1e-38f; x < 1e38f; x *= 1.01f) {
    expect_close(x);
    expect_close(-x);
  }
  Rng rng(71);
  std::vector<float> values(100000);
  rng.normal(values);
  for (const float x : values) expect_close(x);
}

TEST(Tanh, OfTheEdges) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(kernels::tanh(infinity), 1.0f);
  EXPECT_EQ(kernels::tanh(-infinity), -1.0f);
  EXPECT_EQ(kernels::tanh(0.0f), 0.0f);
  EXPECT_TRUE(std::signbit(kernels::tanh(-0.0f)));
  EXPECT_TRUE(std::isnan(kernels::tanh(std::nanf(""))));
  EXPECT_EQ(kernels::tanh(0.5), std::tanh(0.5));
}

}  // namespace
}  // namespace wisp::testing
