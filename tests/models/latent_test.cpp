// Ways between noise vectors.
#include <models/latent.h>

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include <tests/message_of.h>
#include <wisp/core/rng.h>

namespace wisp::testing {
namespace {

using models::Interpolation;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::IsNan;
using ::testing::Pointwise;

std::vector<float> way(const std::vector<float>& a, const std::vector<float>& b, std::int64_t steps,
                       Interpolation mode = Interpolation::slerp) {
  const Shape shape{1, static_cast<std::int64_t>(a.size()), 1, 1};
  const Tensor points = models::interpolate(Tensor::from(shape, a), Tensor::from(shape, b), steps, mode);
  EXPECT_EQ(points.shape(), shape.with(0, steps));
  return points.values<float>();
}

double length(const Tensor& vector) {
  double sum = 0;
  for (const float x : vector.values<float>()) sum += double{x} * x;
  return std::sqrt(sum);
}

TEST(Latent, LinearGoesStraight) {
  EXPECT_THAT(way({0, 8}, {4, -8}, 5, Interpolation::linear), ElementsAre(0, 8, 1, 4, 2, 0, 3, -4, 4, -8));
}

// On a circle the angle grows evenly: 0, 30, 60, 90 degrees.
TEST(Latent, SlerpGoesAroundTheCircle) {
  const float half = 0.5f, root = std::sqrt(0.75f);
  EXPECT_THAT(way({2, 0}, {0, 2}, 4),
              Pointwise(FloatNear(1e-6f), std::vector<float>{2, 0, 2 * root, 2 * half, 2 * half, 2 * root, 0, 2}));
}

// Of different lengths: the two factors are sin(30) / sin(60) each in the middle between vectors 60 degrees apart.
TEST(Latent, SlerpOfDifferentLengths) {
  const float factor = 1 / std::sqrt(3.0f), root = std::sqrt(3.0f);
  EXPECT_THAT(way({1, 0}, {2, 2 * root}, 3),
              Pointwise(FloatNear(1e-6f), std::vector<float>{1, 0, 3 * factor, 2 * root * factor, 2, 2 * root}));
}

// What models/latent.h says of noise: the great circle keeps its length, the straight line's middle is short.
TEST(Latent, SlerpKeepsTheLengthOfNoise) {
  Rng rng(1);
  const std::int64_t size = 10'000;
  const Tensor a = Tensor::randn({1, size}, rng), b = Tensor::randn({1, size}, rng);
  const double root = std::sqrt(static_cast<double>(size));
  const auto middle = [&](Interpolation mode) { return length(models::interpolate(a, b, 3, mode).narrow(0, 1, 1)); };
  EXPECT_NEAR(middle(Interpolation::slerp) / root, 1, 0.02);
  EXPECT_NEAR(middle(Interpolation::linear) / root, std::sqrt(0.5), 0.02);
}

TEST(Latent, TheEndsAreExact) {
  Rng rng(2);
  const Tensor a = Tensor::randn({3, 7, 1, 1}, rng), b = Tensor::randn({3, 7, 1, 1}, rng);
  for (const Interpolation mode : {Interpolation::linear, Interpolation::slerp}) {
    const Tensor points = models::interpolate(a, b, 4, mode);
    for (std::int64_t i = 0; i < 3; ++i) {
      EXPECT_EQ(points.narrow(0, 4 * i, 1).values<float>(), a.narrow(0, i, 1).values<float>());
      EXPECT_EQ(points.narrow(0, 4 * i + 3, 1).values<float>(), b.narrow(0, i, 1).values<float>());
    }
    EXPECT_EQ(models::interpolate(a, b, 1, mode).values<float>(), a.values<float>());
  }
}

TEST(Latent, WhereTheAngleSaysNothing) {
  EXPECT_THAT(way({1, 2}, {3, 6}, 3), ElementsAre(1, 2, 2, 4, 3, 6)) << "the same way";
  EXPECT_THAT(way({1, 2}, {1, 2}, 3), ElementsAre(1, 2, 1, 2, 1, 2)) << "the same";
  EXPECT_THAT(way({0, 0}, {2, 4}, 3), ElementsAre(0, 0, 1, 2, 2, 4)) << "no direction";
  EXPECT_THAT(way({0, 0}, {0, 0}, 2), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(way({3}, {-1}, 3), Pointwise(FloatNear(1e-6f), std::vector<float>{3, 0, -1})) << "no way around";
}

// Half a circle through the axis on which the first vector is shortest; lengths 4, 3, 2.
TEST(Latent, OppositeVectorsTurn) {
  EXPECT_THAT(way({4, 0, 0}, {-2, 0, 0}, 3),
              Pointwise(FloatNear(1e-6f), std::vector<float>{4, 0, 0, 0, 3, 0, -2, 0, 0}));
  const std::vector<float> oblique = way({3, 4}, {-3, -4}, 3);
  EXPECT_NEAR(3 * oblique[2] + 4 * oblique[3], 0, 1e-5);
  EXPECT_NEAR(std::hypot(oblique[2], oblique[3]), 5, 1e-5);
}

// What has the weight 0 takes no part: the ends are exact, be the other one infinite. NaN is not taken for an angle of
// 0.
TEST(Latent, NothingIsLostWhereNumbersAreNotFinite) {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(way({1, 2}, {infinity, 0}, 3, Interpolation::linear), ElementsAre(1, 2, infinity, 1, infinity, 0));
  EXPECT_THAT(way({1, 2}, {infinity, 0}, 3), ElementsAre(1, 2, IsNan(), IsNan(), infinity, 0));
  EXPECT_THAT(way({1, nan}, {3, 1}, 3), ElementsAre(1, IsNan(), IsNan(), IsNan(), 3, 1));
  EXPECT_THAT(way({0, 0}, {nan, 4}, 3), ElementsAre(0, 0, IsNan(), 2, IsNan(), 4));
}

TEST(Latent, SlerpOfVectorsOfAnyLength) {
  for (const float size : {1e38f, 1e-38f, 1e20f, 1e-25f}) {
    const std::vector<float> points = way({size, 0}, {0, size}, 3);
    EXPECT_FLOAT_EQ(points[2], size * std::sqrt(0.5f));
    EXPECT_FLOAT_EQ(points[3], size * std::sqrt(0.5f));
  }
}

// Almost opposite: the angle pi - 2e-6 is not to be had from a cosine, which differs from -1 by 2e-12.
TEST(Latent, SlerpOfAlmostOppositeVectors) {
  const double tilt = 2e-6;
  const std::vector<float> points =
      way({1, 0}, {static_cast<float>(-std::cos(tilt)), static_cast<float>(std::sin(tilt))}, 3);
  EXPECT_NEAR(points[2], std::sin(tilt / 2), 1e-6);
  EXPECT_NEAR(points[3], std::cos(tilt / 2), 2e-6);
}

TEST(Latent, Mistakes) {
  Rng rng(3);
  const Tensor a = Tensor::randn({2, 5}, rng);
  EXPECT_THAT(message_of([&] { models::interpolate(a, a, 0, Interpolation::slerp); }), HasSubstr("steps is 0"));
  EXPECT_THAT(message_of([&] { models::interpolate(a, a.narrow(0, 0, 1), 2, Interpolation::slerp); }),
              HasSubstr("from is f32 2x5, to is f32 1x5"));
  EXPECT_THAT(message_of([&] { models::interpolate(a.to(DType::f64), a, 2, Interpolation::slerp); }),
              HasSubstr("from is f64"));
  EXPECT_THAT(message_of([] { models::interpolation_of("curve"); }), HasSubstr("curve"));
}

}  // namespace
}  // namespace wisp::testing
