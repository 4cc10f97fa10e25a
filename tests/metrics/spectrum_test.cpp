#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <functional>
#include <limits>
#include <numbers>

#include <tests/message_of.h>
#include <tests/threads.h>
#include <wisp/core/error.h>
#include <wisp/core/rng.h>
#include <wisp/metrics/spectrum.h>

namespace wisp::metrics {
namespace {

using testing::message_of;

// Every coefficient of every plane by its definition.
double by_definition(const Tensor& images) {
  const auto pixels = images.values<float>();
  const std::int64_t height = images.dim(2), width = images.dim(3), size = height * width;
  const auto on_grid = [](std::int64_t frequency, std::int64_t extent) {
    return frequency > 0 && 4 * frequency % extent == 0;
  };
  double grid = 0, all = 0;
  for (std::int64_t plane = 0; plane < images.dim(0) * images.dim(1); ++plane)
    for (std::int64_t v = 0; v < height; ++v)
      for (std::int64_t u = 0; u < width; ++u) {
        std::complex<double> coefficient = 0;
        for (std::int64_t y = 0; y < height; ++y)
          for (std::int64_t x = 0; x < width; ++x) {
            const double turns = static_cast<double>(u * x) / static_cast<double>(width) +
                                 static_cast<double>(v * y) / static_cast<double>(height);
            coefficient += std::polar<double>(1, -2 * std::numbers::pi * turns) *
                           static_cast<double>(pixels[plane * size + y * width + x]);
          }
        if (u == 0 && v == 0) continue;
        all += std::norm(coefficient);
        if (on_grid(u, width) || on_grid(v, height)) grid += std::norm(coefficient);
      }
  return grid / all;
}

// One image of 8 x 12 with value(y, x).
Tensor image_of(const std::function<float(std::int64_t, std::int64_t)>& value) {
  std::vector<float> pixels;
  for (std::int64_t y = 0; y < 8; ++y)
    for (std::int64_t x = 0; x < 12; ++x) pixels.push_back(value(y, x));
  return Tensor::from({1, 1, 8, 12}, pixels);
}

TEST(GridEnergy, IsThatOfTheDefinition) {
  Rng rng(1);
  for (const Shape& shape : {Shape{1, 1, 8, 12}, Shape{3, 2, 8, 12}, Shape{2, 3, 12, 4}, Shape{1, 1, 4, 4}}) {
    const Tensor images = Tensor::randn(shape, rng);
    EXPECT_NEAR(grid_energy(images), by_definition(images), 1e-12) << shape.to_string();
  }
}

TEST(GridEnergy, OfBytesIsThatOfTheirValues) {
  Rng rng(2);
  std::vector<std::uint8_t> bytes;
  std::vector<float> values;
  for (int i = 0; i < 2 * 3 * 8 * 12; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(rng.integer(256)));
    values.push_back(bytes.back());
  }
  const Shape shape{2, 3, 8, 12};
  EXPECT_EQ(grid_energy(Tensor::from(shape, bytes)), grid_energy(Tensor::from(shape, values)));
  EXPECT_NEAR(grid_energy(Tensor::from(shape, bytes)), by_definition(Tensor::from(shape, values)), 1e-12);
}

TEST(GridEnergy, OfGridsIsOne) {
  EXPECT_NEAR(grid_energy(image_of([](auto y, auto x) { return (x + y) % 2 == 0 ? 1.f : 0.f; })), 1, 1e-12);
  EXPECT_NEAR(grid_energy(image_of([](auto, auto x) { return x % 2 == 0 ? 5.f : 3.f; })), 1, 1e-12);
  EXPECT_NEAR(grid_energy(image_of([](auto y, auto) { return y % 4 == 1 ? 5.f : 3.f; })), 1, 1e-12);
}

TEST(GridEnergy, OfAWaveOffTheGridIsZero) {
  const auto wave = [](auto y, auto x) {
    return static_cast<float>(std::cos(2 * std::numbers::pi * static_cast<double>(x) / 12) +
                              std::sin(2 * std::numbers::pi * static_cast<double>(y) / 8));
  };
  EXPECT_NEAR(grid_energy(image_of(wave)), 0, 1e-12);
}

TEST(GridEnergy, OfConstantImagesIsZero) {
  EXPECT_EQ(grid_energy(Tensor::full({2, 3, 8, 12}, 0.1)), 0);
  EXPECT_EQ(grid_energy(Tensor::full({1, 1, 28, 28}, 255, DType::u8)), 0);
}

TEST(GridEnergy, EnergiesAreAddedUpAndTheMeanOfEachImageIsLeftOut) {
  std::vector<float> both(2 * 8 * 12, 7.f);  // the second image is constant
  const Tensor first = image_of([](auto y, auto x) { return static_cast<float>((x * x + 3 * y) % 7); });
  const auto values = first.values<float>();
  std::copy(values.begin(), values.end(), both.begin());
  EXPECT_NEAR(grid_energy(Tensor::from({2, 1, 8, 12}, both)), grid_energy(first), 1e-15);
}

TEST(GridEnergy, DoesNotDependOnTheThreads) {
  Rng rng(3);
  const Tensor images = Tensor::randn({100, 1, 28, 28}, rng);
  const auto measure = [&](int threads) {
    const testing::Threads guard(threads);
    return grid_energy(images);
  };
  const double one = measure(1);
  EXPECT_EQ(measure(2), one);
  EXPECT_EQ(measure(5), one);
}

TEST(GridEnergy, SaysWhatIsWrong) {
  const std::string expected =
      "grid_energy: images must be u8 or f32 of shape (N, C, H, W) with H and W multiples of 4, given ";
  const auto given = [](const Shape& shape, DType dtype) {
    return message_of([&] { grid_energy(Tensor::zeros(shape, dtype)); });
  };
  EXPECT_EQ(given({1, 1, 6, 8}, DType::f32), expected + "f32 1x1x6x8");
  EXPECT_EQ(given({1, 1, 8, 6}, DType::u8), expected + "u8 1x1x8x6");
  EXPECT_EQ(given({8, 8}, DType::f32), expected + "f32 8x8");
  EXPECT_EQ(given({0, 1, 8, 8}, DType::f32), expected + "f32 0x1x8x8");
  EXPECT_EQ(given({1, 1, 8, 8}, DType::f64), expected + "f64 1x1x8x8");
  EXPECT_EQ(message_of([] {
              grid_energy(Tensor::full({1, 1, 8, 8}, std::numeric_limits<double>::infinity()));
            }),
            "grid_energy: all numbers must be finite, given inf");
}

}  // namespace
}  // namespace wisp::metrics
