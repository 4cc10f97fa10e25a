// The field's well-known small examples of transposed convolution, with their numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <wisp/nn/conv2d.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/matmul.h>
#include <wisp/ops/slice.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

Tensor zero_to_three() { return Tensor::from({1, 1, 2, 2}, {0.f, 1.f, 2.f, 3.f}); }

TEST(ConvTranspose2d, TwoByTwoWithItself) {
  const Tensor y = conv_transpose2d(zero_to_three(), zero_to_three());
  EXPECT_EQ(y.shape(), (Shape{1, 1, 3, 3}));
  EXPECT_THAT(y.values<float>(), ElementsAre(0, 0, 1, 0, 4, 6, 4, 12, 9));
}

TEST(ConvTranspose2d, PaddingCutsTheBorderOff) {
  const Tensor y = conv_transpose2d(zero_to_three(), zero_to_three(), {}, {.padding = 1});
  EXPECT_EQ(y.shape(), (Shape{1, 1, 1, 1}));
  EXPECT_THAT(y.values<float>(), ElementsAre(4));
}

TEST(ConvTranspose2d, StrideTwoPutsTheCopiesSideBySide) {
  const Tensor y = conv_transpose2d(zero_to_three(), zero_to_three(), {}, {.stride = 2});
  EXPECT_EQ(y.shape(), (Shape{1, 1, 4, 4}));
  EXPECT_THAT(y.values<float>(), ElementsAre(0, 0, 0, 1,  //
                                             0, 0, 2, 3,  //
                                             0, 2, 0, 3,  //
                                             4, 6, 6, 9));
}

TEST(ConvTranspose2d, RestoresTheShapeThatConv2dChanged) {
  Rng rng(1);
  const Tensor x = Tensor::randn({1, 10, 16, 16}, rng);
  nn::Conv2d down(10, 20, 5, {.stride = 3, .padding = 2}, rng);
  nn::ConvTranspose2d up(20, 10, 5, {.stride = 3, .padding = 2}, rng);
  EXPECT_EQ(down(x).shape(), (Shape{1, 20, 6, 6}));
  EXPECT_EQ(up(down(x)).shape(), x.shape());
}

// A 2 x 2 kernel on a 3 x 3 image as a 4 x 9 matrix; its transpose is the transposed convolution.
TEST(ConvTranspose2d, IsTheTransposedMatrixOfTheConvolution) {
  const Tensor matrix = Tensor::from({4, 9}, {1.f, 2.f, 0.f, 3.f, 4.f, 0.f, 0.f, 0.f, 0.f,  //
                                              0.f, 1.f, 2.f, 0.f, 3.f, 4.f, 0.f, 0.f, 0.f,  //
                                              0.f, 0.f, 0.f, 1.f, 2.f, 0.f, 3.f, 4.f, 0.f,  //
                                              0.f, 0.f, 0.f, 0.f, 1.f, 2.f, 0.f, 3.f, 4.f});
  const Tensor kernel = Tensor::from({1, 1, 2, 2}, {1.f, 2.f, 3.f, 4.f});
  const Tensor image = Tensor::from({1, 1, 3, 3}, {0.f, 1.f, 2.f, 3.f, 4.f, 5.f, 6.f, 7.f, 8.f});
  const Tensor y = conv2d(image, kernel);
  EXPECT_THAT(y.values<float>(), ElementsAre(27, 37, 57, 67));
  EXPECT_EQ(matmul(matrix, image.reshape({9})).values<float>(), y.values<float>());
  EXPECT_EQ(matmul(matrix.permute({1, 0}), y.reshape({4})).values<float>(),
            conv_transpose2d(y, kernel).values<float>());
}

// output_padding of each axis is its own.
TEST(ConvTranspose2d, OutputPaddingPerAxis) {
  Rng rng(3);
  const Tensor x = Tensor::randn({2, 3, 3, 4}, rng), w = Tensor::randn({3, 2, 3, 2}, rng);
  const Tensor plain = conv_transpose2d(x, w, {}, {.stride = {2, 3}});
  const Tensor padded = conv_transpose2d(x, w, {}, {.stride = {2, 3}, .output_padding = {1, 2}});
  EXPECT_EQ(padded.shape(), (Shape{2, 2, 8, 13}));
  EXPECT_EQ(padded.narrow(2, 0, 7).narrow(3, 0, 11).values<float>(), plain.values<float>());
}

}  // namespace
}  // namespace wisp::testing
