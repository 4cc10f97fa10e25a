// convolution_matrix against conv2d, conv_transpose2d and the matrix written out in arXiv 1603.07285, section 4.1.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <wisp/core/rng.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/convolution_matrix.h>
#include <wisp/ops/matmul.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAreArray;

Tensor integers(const Shape& shape, Rng& rng) {
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  for (double& value : values) value = static_cast<double>(rng.integer(19)) - 9;
  return Tensor::from(shape, values);
}

TEST(ConvolutionMatrix, OfA3x3KernelOn4x4) {
  const Tensor w = Tensor::from({1, 1, 3, 3}, {1., 2., 3., 4., 5., 6., 7., 8., 9.});
  const std::vector<double> expected = {1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0,  //
                                        0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0,  //
                                        0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0,  //
                                        0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9};
  const Tensor matrix = convolution_matrix(w, 4);
  EXPECT_EQ(matrix.shape(), (Shape{4, 16}));
  EXPECT_EQ(matrix.values<double>(), expected);
}

struct Case {
  Shape weight;
  Size2d input;
  Conv2dOptions options;
};

TEST(ConvolutionMatrix, ConvolvesAndItsTransposeTransposes) {
  Rng rng(3);
  const std::vector<Case> cases = {
      {{4, 3, 3, 2}, {6, 5}, {.stride = {2, 1}, .padding = {1, 0}}},
      {{4, 1, 2, 3}, {5, 8}, {.stride = {3, 2}, .padding = {2, 1}, .dilation = {1, 2}, .groups = 2}},
      {{2, 2, 4, 3}, {5, 4}, {.padding = Conv2dPadding::same}},
      {{3, 1, 1, 1}, {2, 3}, {.padding = 2, .groups = 3}},
  };
  for (const Case& c : cases) {
    const Tensor w = integers(c.weight, rng);
    const Tensor x = integers({c.weight[1] * c.options.groups, c.input.height, c.input.width}, rng);
    const Tensor matrix = convolution_matrix(w, c.input, c.options);
    const Tensor conv = conv2d(x, w, {}, c.options);
    EXPECT_EQ(matmul(matrix, x.reshape({-1})).values<double>(), conv.values<double>()) << c.weight.to_string();
    if (c.options.padding.is_same()) continue;
    const Tensor y = integers(conv.shape(), rng);
    const Padding2d p = c.options.padding.around({c.weight[2], c.weight[3]}, c.options.dilation);
    ConvTranspose2dOptions back{.stride = c.options.stride,
                                .padding = {p.top, p.left},
                                .groups = c.options.groups,
                                .dilation = c.options.dilation};
    back.output_padding =
        conv_transpose2d_output_padding({conv.dim(1), conv.dim(2)}, c.input, {c.weight[2], c.weight[3]}, back);
    EXPECT_EQ(matmul(matrix.permute({1, 0}), y.reshape({-1})).values<double>(),
              conv_transpose2d(y, w, {}, back).values<double>())
        << c.weight.to_string();
  }
}

TEST(ConvolutionMatrix, ThatIsTooLargeToCountIsAnError) {
  const auto matrix_of = [](const Shape& weight, Size2d input, std::int64_t groups) {
    convolution_matrix(Tensor::ones(weight), input, {.groups = groups});
  };
  EXPECT_THROW(matrix_of({2, 1 << 20, 1, 1}, 1 << 20, 2), Error);
  EXPECT_THROW(matrix_of({1, 1, 1, 1}, std::int64_t{1} << 31, 1), Error);
}

}  // namespace
}  // namespace wisp::testing
