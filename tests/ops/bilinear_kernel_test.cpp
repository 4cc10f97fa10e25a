// A transposed convolution with bilinear_kernel against upsample_bilinear2d and against interpolation's definition.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <wisp/core/rng.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/upsample.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

TEST(BilinearKernel, IsATentPerChannel) {
  EXPECT_THAT(bilinear_kernel(1, 4).values<float>(),
              ElementsAre(.0625f, .1875f, .1875f, .0625f, .1875f, .5625f, .5625f, .1875f,  //
                          .1875f, .5625f, .5625f, .1875f, .0625f, .1875f, .1875f, .0625f));
  EXPECT_THAT(bilinear_kernel(1, 3).values<float>(), ElementsAre(.25f, .5f, .25f, .5f, 1.f, .5f, .25f, .5f, .25f));
  EXPECT_THAT(bilinear_kernel(2, 1).values<float>(), ElementsAre(1, 0, 0, 1));
  EXPECT_EQ(bilinear_kernel(6, 4, 3).shape(), (Shape{6, 2, 4, 4}));
  EXPECT_THAT(bilinear_kernel(4, 1, 2).values<float>(), ElementsAre(1, 0, 0, 1, 1, 0, 0, 1));
}

// Beyond the image's rim upsample_bilinear2d repeats the border and the transposed convolution sees zeros.
TEST(BilinearKernel, IsUpsampleBilinear2dInside) {
  Rng rng(5);
  const std::int64_t channels = 3, height = 5, width = 7;
  const Tensor x = Tensor::randn({2, channels, height, width}, rng);
  for (const std::int64_t scale : {2, 3, 4, 5}) {
    const std::int64_t k = 2 * scale - scale % 2, rim = scale;
    for (const std::int64_t groups : {std::int64_t{1}, channels}) {
      const Tensor y = conv_transpose2d(x, bilinear_kernel(channels, k, groups), {},
                                        {.stride = scale, .padding = (k - scale) / 2, .groups = groups});
      const Tensor expected = upsample_bilinear2d(x, scale);
      ASSERT_EQ(y.shape(), expected.shape());
      const auto inside = [&](const Tensor& image) {
        return image.narrow(2, rim, scale * height - 2 * rim).narrow(3, rim, scale * width - 2 * rim).values<float>();
      };
      EXPECT_THAT(inside(y), Pointwise(FloatNear(1e-5f), inside(expected))) << "scale " << scale;
    }
  }
}

TEST(BilinearKernel, InterpolatesCornerToCornerThroughout) {
  Rng rng(6);
  const std::int64_t scale = 3, height = 4, width = 3;
  const Tensor x = Tensor::randn({1, 1, height, width}, rng);
  const Tensor y = conv_transpose2d(x, bilinear_kernel(1, 2 * scale - 1), {}, {.stride = scale, .padding = scale - 1});
  ASSERT_EQ(y.shape(), (Shape{1, 1, (height - 1) * scale + 1, (width - 1) * scale + 1}));
  const std::vector<float> from = x.values<float>(), to = y.values<float>();
  const auto pixel = [&](std::int64_t i, std::int64_t j) {
    return static_cast<double>(
        from[static_cast<std::size_t>(std::min(i, height - 1) * width + std::min(j, width - 1))]);
  };
  for (std::int64_t i = 0; i < y.dim(2); ++i)
    for (std::int64_t j = 0; j < y.dim(3); ++j) {
      const std::int64_t row = i / scale, column = j / scale;
      const double down = static_cast<double>(i % scale) / scale, along = static_cast<double>(j % scale) / scale;
      const double expected = (1 - down) * ((1 - along) * pixel(row, column) + along * pixel(row, column + 1)) +
                              down * ((1 - along) * pixel(row + 1, column) + along * pixel(row + 1, column + 1));
      EXPECT_NEAR(to[static_cast<std::size_t>(i * y.dim(3) + j)], expected, 1e-5) << i << "," << j;
    }
}

}  // namespace
}  // namespace wisp::testing
