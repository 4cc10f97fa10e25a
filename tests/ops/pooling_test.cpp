// Pooling: means that are exact, windows that keep to themselves, gradients that lose no term.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <wisp/autograd/backward.h>
#include <wisp/core/rng.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/pooling.h>
#include <wisp/ops/reduction.h>

namespace wisp::testing {
namespace {

TEST(AveragePool2d, OfOnesIsOneForEveryWindow) {
  for (const DType dtype : {DType::f64, DType::f32, DType::bf16})
    for (std::int64_t height = 1; height <= 17; ++height)
      for (const std::int64_t width : {1, 3, 7, 10, 13}) {
        const Tensor x = Tensor::ones({1, 2, 18, 15}, dtype).set_requires_grad(true);
        const Tensor y = avg_pool2d(x, {height, width});
        for (const double value : y.to(DType::f64).values<double>())
          ASSERT_EQ(value, 1.0) << height << " x " << width << " " << name_of(dtype);
        // Each pixel's share of its window is 1 / size.
        const double share = 1.0 / static_cast<double>(height * width);
        const Tensor g = grad({y}, {x}, {.grad_outputs = {Tensor::ones(y.shape(), dtype)}})[0];
        ASSERT_EQ(g.to(DType::f64).values<double>()[0], Tensor::full({}, share, dtype).to(DType::f64).item<double>());
      }
}

// The zeros outside the image count: a window of 9 holds 4, 6 or 9 ones.
TEST(AveragePool2d, OfOnesWithPaddingIsTheShareInside) {
  const Tensor y = avg_pool2d(Tensor::ones({1, 3, 3}, DType::f64), 3, {.stride = 1, .padding = 1});
  const double corner = 4.0 / 9.0, edge = 6.0 / 9.0;
  EXPECT_EQ(y.values<double>(), (std::vector<double>{corner, edge, corner, edge, 1.0, edge, corner, edge, corner}));
}

TEST(AveragePool2d, IsTheMeanOfEachWindow) {
  Rng rng(8);
  const std::int64_t height = 11, width = 9, channels = 3;
  const Tensor x = Tensor::randn({2, channels, height, width}, rng, DType::f64);
  const Tensor y = avg_pool2d(x, {4, 3}, {.stride = Size2d(3, 2), .padding = Size2d(2, 1)});
  ASSERT_EQ(y.shape(), (Shape{2, channels, 4, 5}));
  const auto in = x.values<double>(), out = y.values<double>();
  for (std::int64_t at = 0; at < y.numel(); ++at) {
    const std::int64_t image = at / 20, i = at / 5 % 4, j = at % 5;
    double total = 0;
    for (std::int64_t h = std::max<std::int64_t>(i * 3 - 2, 0); h < std::min(i * 3 + 2, height); ++h)
      for (std::int64_t w = std::max<std::int64_t>(j * 2 - 1, 0); w < std::min(j * 2 + 2, width); ++w)
        total += in[static_cast<std::size_t>((image * height + h) * width + w)];
    EXPECT_NEAR(out[static_cast<std::size_t>(at)], total / 12, 1e-15) << at;
  }
}

TEST(AveragePool2d, OneInfinitePixelIsSeenByItsWindowsAlone) {
  std::vector<float> pixels(64, 1.0f);
  pixels[3 * 8 + 4] = std::numeric_limits<float>::infinity();
  const std::vector<float> y = avg_pool2d(Tensor::from({1, 8, 8}, pixels), 2).values<float>();
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i], i == 6 ? std::numeric_limits<float>::infinity() : 1.0f);
}

// One pixel is the largest of 289 windows; in bf16, 256 + 1 is 256.
TEST(MaxPool2d, GradientsOfManyWindowsAreAddedInDouble) {
  std::vector<float> pixels(33 * 33, 0.0f);
  pixels[16 * 33 + 16] = 1.0f;
  const Tensor x = Tensor::from({1, 33, 33}, pixels).to(DType::bf16).set_requires_grad(true);
  const Tensor y = max_pool2d(x, 17, {.stride = 1});
  ASSERT_EQ(y.numel(), 289);
  const Tensor g = grad({y}, {x}, {.grad_outputs = {Tensor::ones(y.shape(), DType::bf16)}})[0];
  EXPECT_EQ(g.to(DType::f32).values<float>()[16 * 33 + 16], 288.0f) << "289, rounded to bf16 once";
}

}  // namespace
}  // namespace wisp::testing
