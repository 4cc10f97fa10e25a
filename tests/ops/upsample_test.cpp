// upsample_nearest2d and upsample_bilinear2d against their definitions, and where an infinite or NaN pixel shows.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <wisp/autograd/backward.h>
#include <wisp/autograd/gradcheck.h>
#include <wisp/core/allocator.h>
#include <wisp/core/rng.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/upsample.h>

#include <tests/message_of.h>
#include <tests/threads.h>

namespace wisp::testing {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

using Upsample = Tensor (*)(const Tensor&, std::int64_t);

template <class T>
std::int64_t count_not_finite(const Tensor& x) {
  const std::vector<T> values = x.values<T>();
  return std::count_if(values.begin(), values.end(), [](T v) { return !std::isfinite(static_cast<double>(v)); });
}

// An 8 x 8 picture of ones with another value at one place.
Tensor picture(std::int64_t row, std::int64_t column, double value, DType dtype) {
  std::vector<double> values(64, 1.0);
  values[static_cast<std::size_t>(8 * row + column)] = value;
  return Tensor::from({1, 1, 8, 8}, values).to(dtype);
}

// The definition at output (i, j) of a plane in row-major order.
double bilinear_at(const double* plane, std::int64_t height, std::int64_t width, std::int64_t scale, std::int64_t i,
                   std::int64_t j) {
  const auto position = [scale](std::int64_t k, std::int64_t size) {
    const double centre = (static_cast<double>(k) + 0.5) / static_cast<double>(scale) - 0.5;
    return std::clamp(centre, 0.0, static_cast<double>(size - 1));
  };
  const double y = position(i, height), x = position(j, width);
  double sum = 0;
  for (std::int64_t p = 0; p < height; ++p)
    for (std::int64_t q = 0; q < width; ++q)
      sum += std::max(0.0, 1 - std::abs(y - static_cast<double>(p))) *
             std::max(0.0, 1 - std::abs(x - static_cast<double>(q))) * plane[p * width + q];
  return sum;
}

TEST(Upsample, IsItsDefinition) {
  Rng rng(1);
  for (const Shape& shape : {Shape{2, 3, 4, 7}, Shape{1, 70, 3, 2}, Shape{3, 1, 1, 5}, Shape{1, 2, 6, 1}})
    for (const std::int64_t scale : {1, 2, 3, 5}) {
      const Tensor x = Tensor::randn(shape, rng, DType::f64);
      const std::vector<double> in = x.values<double>();
      const auto linear = upsample_bilinear2d(x, scale).values<double>(),
                 nearest = upsample_nearest2d(x, scale).values<double>();
      std::size_t at = 0;
      for (std::int64_t plane = 0; plane < shape[0] * shape[1]; ++plane) {
        const double* const from = in.data() + plane * shape[2] * shape[3];
        for (std::int64_t i = 0; i < scale * shape[2]; ++i)
          for (std::int64_t j = 0; j < scale * shape[3]; ++j, ++at) {
            ASSERT_NEAR(linear[at], bilinear_at(from, shape[2], shape[3], scale, i, j), 1e-14)
                << shape.to_string() << " " << scale;
            ASSERT_EQ(nearest[at], from[i / scale * shape[3] + j / scale]) << shape.to_string() << " " << scale;
          }
      }
      ASSERT_EQ(at, linear.size());
    }
}

// torch.nn.functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False).
TEST(Upsample, IsPyTorchs) {
  const Tensor x = Tensor::from({1, 1, 2, 3}, {1.0, -2.0, 4.0, 8.0, 16.0, -32.0});
  EXPECT_EQ(upsample_bilinear2d(x, 2).values<double>(),
            (std::vector<double>{1,      0.25,    -1.25, -0.5,    2.5, 4, 2.75, 2.6875, 2.5625, 0.625, -3.125, -5, 6.25,
                                 7.5625, 10.1875, 2.875, -14.375, -23, 8, 10,   14,     4,      -20,   -32}));
}

TEST(Upsample, APixelShowsOnlyWhereItHasAWeight) {
  for (const DType dtype : {DType::f64, DType::f32, DType::bf16})
    for (const double value : {nan, infinity}) {
      const auto spoiled = [&](Upsample upsample, std::int64_t row, std::int64_t column, std::int64_t scale) {
        return count_not_finite<double>(upsample(picture(row, column, value, dtype), scale).to(DType::f64));
      };
      EXPECT_EQ(spoiled(upsample_bilinear2d, 0, 0, 2), 9);
      EXPECT_EQ(spoiled(upsample_bilinear2d, 7, 7, 2), 9);
      EXPECT_EQ(spoiled(upsample_bilinear2d, 0, 3, 2), 12);
      EXPECT_EQ(spoiled(upsample_bilinear2d, 3, 4, 2), 16);
      EXPECT_EQ(spoiled(upsample_bilinear2d, 3, 4, 3), 25);
      EXPECT_EQ(spoiled(upsample_bilinear2d, 3, 4, 1), 1);
      EXPECT_EQ(spoiled(upsample_nearest2d, 3, 4, 2), 4);
    }
}

// A gradient reaches the pixels that its output has looked at.
TEST(Upsample, AGradientReachesOnlyItsPixels) {
  const auto reached = [](Upsample upsample, std::int64_t row, std::int64_t column) {
    const Tensor x = Tensor::ones({1, 1, 4, 4}, DType::f64).set_requires_grad(true);
    std::vector<double> g(64, 1.0);
    g[static_cast<std::size_t>(8 * row + column)] = nan;
    upsample(x, 2).backward({.gradient = Tensor::from({1, 1, 8, 8}, g)});
    return count_not_finite<double>(x.grad());
  };
  EXPECT_EQ(reached(upsample_bilinear2d, 0, 0), 1);
  EXPECT_EQ(reached(upsample_bilinear2d, 0, 3), 2);
  EXPECT_EQ(reached(upsample_bilinear2d, 3, 4), 4);
  EXPECT_EQ(reached(upsample_nearest2d, 3, 4), 1);
}

TEST(Upsample, DerivativesOfBothOrdersAreRight) {
  Rng rng(2);
  for (const Upsample upsample : {upsample_bilinear2d, upsample_nearest2d})
    for (const std::int64_t scale : {1, 2, 3}) {
      const Tensor x = Tensor::randn({2, 2, 3, 1}, rng, DType::f64).set_requires_grad(true);
      const auto function = [&](const Tensors& in) { return Tensors{upsample(in[0], scale)}; };
      EXPECT_TRUE(gradcheck(function, {x}));
      EXPECT_TRUE(gradgradcheck(function, {x}));
    }
}

TEST(Upsample, TheNumberOfThreadsChangesNothing) {
  Rng rng(3);
  const Tensor image = Tensor::randn({3, 5, 33, 47}, rng), g = Tensor::randn({3, 5, 66, 94}, rng);
  const auto with = [&](int threads) {
    const Threads set(threads);
    const Tensor x = image.detach().set_requires_grad(true);
    const Tensor y = upsample_bilinear2d(x, 2);
    y.backward({.gradient = g});
    return std::pair(y.values<float>(), x.grad().values<float>());
  };
  const auto once = with(1);
  EXPECT_EQ(with(2), once);
  EXPECT_EQ(with(3), once);
}

TEST(Upsample, TakesNoMemoryButTheResults) {
  Rng rng(4);
  const Tensor x = Tensor::randn({16, 3, 64, 64}, rng);
  for (const Upsample upsample : {upsample_bilinear2d, upsample_nearest2d}) {
    release_cached_memory();
    const std::size_t before = allocator_statistics().bytes_held;
    const Tensor y = upsample(x, 2);
    const std::size_t result = static_cast<std::size_t>(y.numel()) * sizeof(float);
    EXPECT_LE(allocator_statistics().bytes_held - before, result + result / 8);
  }
}

TEST(Upsample, RefusesWhatNoTensorHolds) {
  const Tensor x = Tensor::ones({1, 1, 2, 2});
  for (const Upsample upsample : {upsample_bilinear2d, upsample_nearest2d})
    for (const std::int64_t scale :
         {std::int64_t{1} << 31, std::int64_t{1} << 62, std::numeric_limits<std::int64_t>::max(), std::int64_t{-1}})
      EXPECT_THROW(upsample(x, scale), Error) << scale;
  EXPECT_THROW(bilinear_kernel(1, std::numeric_limits<std::int64_t>::max()), Error);
  EXPECT_THROW(bilinear_kernel(std::int64_t{1} << 31, 1), Error);
}

}  // namespace
}  // namespace wisp::testing
