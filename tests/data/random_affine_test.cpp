// random_affine against its definition, and against moves and turns that need no interpolation.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <wisp/core/error.h>
#include <wisp/data/random_affine.h>
#include <wisp/ops/slice.h>

#include <tests/message_of.h>
#include <tests/threads.h>

namespace wisp::testing {
namespace {

// The definition, pixel by pixel: the value at p is the old image's at the point that p came from.
std::vector<float> transformed(const Tensor& image, double angle, double scale, double move_y, double move_x,
                               double fill) {
  const std::int64_t channels = image.dim(1), height = image.dim(2), width = image.dim(3);
  const auto values = image.values<float>();
  const auto at = [&](std::int64_t c, double y, double x) {
    if (y < 0 || x < 0 || y >= static_cast<double>(height) || x >= static_cast<double>(width)) return fill;
    return static_cast<double>(values[static_cast<std::size_t>((c * height + static_cast<std::int64_t>(y)) * width +
                                                               static_cast<std::int64_t>(x))]);
  };
  const double cy = (static_cast<double>(height) - 1) / 2, cx = (static_cast<double>(width) - 1) / 2;
  std::vector<float> result;
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t i = 0; i < height; ++i)
      for (std::int64_t j = 0; j < width; ++j) {
        // q - c = s R (p - c) + t with R = (cos -sin; sin cos) on (x, y), so p = c + R^T (q - c - t) / s.
        const double v = (static_cast<double>(i) - cy - move_y) / scale,
                     u = (static_cast<double>(j) - cx - move_x) / scale;
        const double x = cx + std::cos(angle) * u + std::sin(angle) * v,
                     y = cy - std::sin(angle) * u + std::cos(angle) * v;
        const double y0 = std::floor(y), x0 = std::floor(x), fy = y - y0, fx = x - x0;
        result.push_back(static_cast<float>((1 - fy) * ((1 - fx) * at(c, y0, x0) + fx * at(c, y0, x0 + 1)) +
                                            fy * ((1 - fx) * at(c, y0 + 1, x0) + fx * at(c, y0 + 1, x0 + 1))));
      }
  return result;
}

TEST(RandomAffine, IsItsDefinition) {
  const RandomAffineOptions options{.degrees = 30, .translate = 0.2, .scale = {0.7, 1.4}, .fill = -0.5};
  Rng rng(3);
  const Tensor images = Tensor::rand({4, 2, 6, 9}, rng);
  Rng numbers = rng;
  const Tensor result = random_affine(images, options, rng);
  std::vector<double> u(16);
  numbers.uniform(std::span(u), -1, 1);
  for (std::int64_t i = 0; i < 4; ++i) {
    const double* const v = &u[static_cast<std::size_t>(4 * i)];
    const auto expected = transformed(images.narrow(0, i, 1), v[0] * std::numbers::pi / 6, 0.7 + 0.7 * (1 + v[1]) / 2,
                                      v[2] * 0.2 * 6, v[3] * 0.2 * 9, -0.5);
    const auto found = result.narrow(0, i, 1).values<float>();
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t j = 0; j < found.size(); ++j) ASSERT_NEAR(found[j], expected[j], 1e-5) << i << " " << j;
  }
}

TEST(RandomAffine, EveryImageGetsAnotherMove) {
  Rng rng(4);
  const Tensor image = Tensor::rand({1, 1, 8, 8}, rng);
  const Tensor result = random_affine(cat({image, image}), {.translate = 0.3}, rng);
  EXPECT_NE(result.narrow(0, 0, 1).values<float>(), result.narrow(0, 1, 1).values<float>());
}

TEST(RandomAffine, WithoutRangesNothingChanges) {
  Rng rng(5);
  const Tensor images = Tensor::rand({3, 1, 5, 4}, rng);
  EXPECT_EQ(random_affine(images, {}, rng).values<float>(), images.values<float>());
}

TEST(RandomAffine, TheNumberOfThreadsChangesNothing) {
  Rng rng(6);
  const Tensor images = Tensor::rand({7, 1, 12, 12}, rng);
  const auto with = [&](int threads) {
    const Threads set(threads);
    Rng same(8);
    return random_affine(images, {.degrees = 20, .translate = 0.1, .scale = {0.8, 1.2}}, same).values<float>();
  };
  EXPECT_EQ(with(1), with(3));
}

TEST(RandomAffine, ANumberOfWeightZeroTakesNoPart) {
  Rng rng(9);
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor image = Tensor::from({1, 1, 2, 3}, {1.0f, nan, 3.0f, 4.0f, 5.0f, 6.0f});
  const auto found = random_affine(image, {.fill = nan}, rng).values<float>();
  EXPECT_TRUE(std::isnan(found[1]));
  EXPECT_EQ(std::count_if(found.begin(), found.end(), [](float x) { return std::isnan(x); }), 1);
}

TEST(RandomAffine, FactorsAndMovesBeyondAllBoundsLeaveTheCentreOrNothing) {
  Rng rng(10);
  const Tensor image = Tensor::rand({1, 1, 5, 5}, rng);
  const float centre = image.values<float>()[12];
  std::vector<float> alone(25, -1.0f);
  alone[12] = centre;
  for (const double tiny : {1e-310, 1e-300, 1e-20})
    EXPECT_EQ(random_affine(image, {.degrees = 1e308, .scale = {tiny, tiny}}, rng).values<float>(), alone) << tiny;
  EXPECT_EQ(random_affine(image, {.scale = {1e300, 1.7e308}}, rng).values<float>(), std::vector<float>(25, centre));
  for (const double far : {1e10, 1e300, 1.7e308})
    EXPECT_EQ(random_affine(image, {.translate = far}, rng).values<float>(), std::vector<float>(25, -1.0f)) << far;
}

TEST(RandomAffine, RefusesWhatIsOutOfRange) {
  Rng rng(7);
  const Tensor images = Tensor::ones({1, 1, 4, 4});
  EXPECT_EQ(message_of([&] { random_affine(images, {.degrees = -1}, rng); }),
            "random_affine: degrees and translate must be finite and at least 0, given -1 and 0");
  EXPECT_EQ(message_of([&] {
              random_affine(images, {.scale = {0, 1}}, rng);
            }),
            "random_affine: scale must be a range of finite factors above 0, given 0 to 1");
  EXPECT_THROW(random_affine(images, {.scale = {2, 1}}, rng), Error);
  EXPECT_THROW(random_affine(Tensor::ones({4, 4}), {}, rng), Error);
}

}  // namespace
}  // namespace wisp::testing
