#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <models/principal_directions.h>
#include <tests/message_of.h>
#include <wisp/core/rng.h>

namespace wisp::models {
namespace {

using testing::message_of;

// |A n|^2 for row k of the directions, in loops.
double strength(const Tensor& responses, const Tensor& directions, std::int64_t k) {
  const auto a = responses.values<float>(), n = directions.values<float>();
  const std::int64_t width = responses.dim(0), outputs = responses.dim(1);
  double sum = 0;
  for (std::int64_t j = 0; j < outputs; ++j) {
    double output = 0;
    for (std::int64_t i = 0; i < width; ++i)
      output += static_cast<double>(a[i * outputs + j]) * static_cast<double>(n[k * width + i]);
    sum += output * output;
  }
  return sum;
}

double dot(const std::vector<float>& rows, std::int64_t width, std::int64_t a, std::int64_t b) {
  double sum = 0;
  for (std::int64_t i = 0; i < width; ++i)
    sum += static_cast<double>(rows[a * width + i]) * static_cast<double>(rows[b * width + i]);
  return sum;
}

TEST(PrincipalDirections, OfALayerThatScalesTheAxes) {
  // Coordinate 1 answers with 3, coordinate 2 with 2, coordinate 0 with 1: squares 9, 4 and 1 of 14.
  const Tensor responses = Tensor::from({3, 4}, {0.f, 1.f, 0.f, 0.f, 0.f, 0.f, -3.f, 0.f, 2.f, 0.f, 0.f, 0.f});
  const PrincipalDirections found = principal_directions(responses, 3);
  const std::vector<float> expected{0, 1, 0, 0, 0, 1, 1, 0, 0};
  const auto directions = found.directions.values<float>();
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(directions[i], expected[i], 1e-6) << i;
  const auto shares = found.shares.values<float>();
  EXPECT_NEAR(shares[0], 9.0 / 14, 1e-6);
  EXPECT_NEAR(shares[1], 4.0 / 14, 1e-6);
  EXPECT_NEAR(shares[2], 1.0 / 14, 1e-6);
}

TEST(PrincipalDirections, NoOtherDirectionAnswersMore) {
  Rng rng(3);
  const Tensor responses = Tensor::randn({12, 40}, rng);
  const PrincipalDirections found = principal_directions(responses, 12);
  const auto rows = found.directions.values<float>();
  double total = 0;
  for (std::int64_t k = 0; k < 12; ++k) {
    for (std::int64_t other = 0; other <= k; ++other) EXPECT_NEAR(dot(rows, 12, k, other), k == other, 1e-5);
    if (k > 0) {
      EXPECT_LE(strength(responses, found.directions, k), strength(responses, found.directions, k - 1));
    }
    total += strength(responses, found.directions, k);
  }
  for (std::int64_t k = 0; k < 12; ++k)
    EXPECT_NEAR(found.shares.values<float>()[k], strength(responses, found.directions, k) / total, 1e-5);
  const double most = strength(responses, found.directions, 0);
  for (int trial = 0; trial < 200; ++trial) {
    const Tensor direction = Tensor::randn({1, 12}, rng);
    EXPECT_LE(strength(responses, direction, 0), most * dot(direction.values<float>(), 12, 0, 0) * (1 + 1e-5));
  }
}

TEST(PrincipalDirections, FirstOnesAreThoseOfAll) {
  Rng rng(4);
  const Tensor responses = Tensor::randn({9, 20}, rng);
  const auto all = principal_directions(responses, 9).directions.narrow(0, 0, 4).values<float>();
  EXPECT_EQ(principal_directions(responses, 4).directions.values<float>(), all);
}

TEST(PrincipalDirections, OfALayerThatAnswersNothing) {
  const PrincipalDirections found = principal_directions(Tensor::zeros({3, 5}), 2);
  EXPECT_EQ(found.shares.values<float>(), (std::vector<float>{0, 0}));
  EXPECT_NEAR(dot(found.directions.values<float>(), 3, 1, 1), 1, 1e-6);
}

TEST(PrincipalDirections, BadInput) {
  const auto message = [](const Tensor& responses, std::int64_t count) {
    return message_of([&] { principal_directions(responses, count); });
  };
  EXPECT_NE(message(Tensor::zeros({3, 5}), 0).find("between 1 and 3, given 0"), std::string::npos);
  EXPECT_NE(message(Tensor::zeros({3, 5}), 4).find("between 1 and 3, given 4"), std::string::npos);
  EXPECT_NE(message(Tensor::zeros({3, 5}, DType::f64), 1).find("f32"), std::string::npos);
  EXPECT_NE(message(Tensor::zeros({3, 5, 1}), 1).find("3x5x1"), std::string::npos);
  EXPECT_NE(message(Tensor::zeros({1025, 1}), 1).find("at most 1024"), std::string::npos);
  EXPECT_NE(message(Tensor::full({2, 2}, std::numeric_limits<float>::infinity()), 1).find("finite"), std::string::npos);
}

}  // namespace
}  // namespace wisp::models
