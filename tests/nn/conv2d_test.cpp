// Conv2d and ConvTranspose2d as layers: options reach the op, wrong ones are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <wisp/nn/conv2d.h>

namespace wisp::nn {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// One number of a tensor in logical order.
struct Image {
  explicit Image(const Tensor& tensor) : shape(tensor.shape()), values(tensor.values<double>()) {}
  double operator()(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w) const {
    return values[static_cast<std::size_t>(((n * shape[1] + c) * shape[2] + h) * shape[3] + w)];
  }
  double& operator()(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w) {
    return values[static_cast<std::size_t>(((n * shape[1] + c) * shape[2] + h) * shape[3] + w)];
  }
  Shape shape;
  std::vector<double> values;
};

// Calls visit(n, filter, channel within its group, kernel row and column, big pixel, small pixel) for every product of
// a convolution with stride (2,1), padding (1,2), dilation (2,1) and 2 groups.
template <class Visit>
void every_product(const Shape& big, const Shape& small, const Shape& kernel, Visit visit) {
  for (std::int64_t n = 0; n < big[0]; ++n)
    for (std::int64_t f = 0; f < small[1]; ++f)
      for (std::int64_t c = 0; c < big[1] / 2; ++c)
        for (std::int64_t i = 0; i < small[2]; ++i)
          for (std::int64_t j = 0; j < small[3]; ++j)
            for (std::int64_t a = 0; a < kernel[2]; ++a)
              for (std::int64_t b = 0; b < kernel[3]; ++b) {
                const std::int64_t h = 2 * i - 1 + 2 * a, w = j - 2 + b;
                if (0 <= h && h < big[2] && 0 <= w && w < big[3]) visit(n, f, c, a, b, h, w, i, j);
              }
}

void expect_equal(const Tensor& got, const Image& expected) {
  const std::vector<double> values = got.values<double>();
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(values[i], expected.values[i], 1e-12) << i;
}

TEST(Conv2d, IsCrossCorrelationWithAllOptions) {
  Rng rng(4);
  Conv2d layer(4, 6, {2, 3}, {.stride = {2, 1}, .padding = {1, 2}, .dilation = {2, 1}, .groups = 2}, rng);
  layer.to(DType::f64);
  const Tensor x = Tensor::randn({2, 4, 5, 3}, rng, DType::f64), y = layer(x);
  ASSERT_EQ(y.shape(), (Shape{2, 6, 3, 5}));
  const Image in(x), weight(layer.weight);
  const std::vector<double> bias = layer.bias.values<double>();
  Image expected(Tensor::zeros(y.shape(), DType::f64));
  for (std::size_t i = 0; i < expected.values.size(); ++i) expected.values[i] = bias[i / 15 % 6];
  every_product(x.shape(), y.shape(), layer.weight.shape(),
                [&](auto n, auto f, auto c, auto a, auto b, auto h, auto w, auto i, auto j) {
                  expected(n, f, i, j) += weight(f, c, a, b) * in(n, f / 3 * 2 + c, h, w);
                });
  expect_equal(y, expected);
}

TEST(ConvTranspose2d, ScattersTheKernelWithAllOptions) {
  Rng rng(4);
  ConvTranspose2d layer(
      6, 4, {2, 3}, {.stride = {2, 1}, .padding = {1, 2}, .output_padding = {1, 0}, .groups = 2, .dilation = {2, 1}},
      rng);
  layer.to(DType::f64);
  const Tensor x = Tensor::randn({2, 6, 3, 5}, rng, DType::f64), y = layer(x);
  ASSERT_EQ(y.shape(), (Shape{2, 4, 6, 3}));  // (3 - 1) 2 - 2 + 2 + 1 + 1 and (5 - 1) - 4 + 2 + 0 + 1
  const Image in(x), weight(layer.weight);
  const std::vector<double> bias = layer.bias.values<double>();
  Image expected(Tensor::zeros(y.shape(), DType::f64));
  for (std::size_t i = 0; i < expected.values.size(); ++i) expected.values[i] = bias[i / 18 % 4];
  every_product(y.shape(), x.shape(), layer.weight.shape(),
                [&](auto n, auto f, auto c, auto a, auto b, auto h, auto w, auto i, auto j) {
                  expected(n, f / 3 * 2 + c, h, w) += weight(f, c, a, b) * in(n, f, i, j);
                });
  expect_equal(y, expected);
}

TEST(ConvTranspose2d, OutputPaddingIsPerAxis) {
  Rng rng(4);
  EXPECT_EQ(ConvTranspose2d(3, 2, 4, {.stride = 3, .output_padding = {0, 2}}, rng)(Tensor::ones({2, 3, 4, 5})).shape(),
            (Shape{2, 2, 13, 18}));
}

TEST(Conv2d, WithoutBiasHasNone) {
  Rng rng(4);
  EXPECT_FALSE(Conv2d(2, 3, 2, {.bias = false}, rng).bias.defined());
  EXPECT_EQ(Conv2d(2, 3, 2, {.bias = false}, rng).parameters().size(), 1u);
  EXPECT_EQ(ConvTranspose2d(2, 3, 2, {.bias = false}, rng).parameters().size(), 1u);
  EXPECT_EQ(ConvTranspose2d(2, 3, 2, {}, rng).parameters().size(), 2u);
}

template <class Layer>
class ConvConstructor : public ::testing::Test {};
using Layers = ::testing::Types<Conv2d, ConvTranspose2d>;
TYPED_TEST_SUITE(ConvConstructor, Layers);

TYPED_TEST(ConvConstructor, RefusesSizesBelowOne) {
  Rng rng(4);
  EXPECT_THROW(TypeParam(0, 3, 2, {}, rng), Error);
  EXPECT_THROW(TypeParam(2, -1, 2, {}, rng), Error);
  EXPECT_THAT([&] { TypeParam(2, 3, {0, 2}, {}, rng); }, ThrowsMessage<Error>(HasSubstr("0x2")));
}

TYPED_TEST(ConvConstructor, RefusesGroupsThatDoNotDivideTheChannels) {
  Rng rng(4);
  EXPECT_THAT([&] { TypeParam(4, 6, 2, {.groups = 4}, rng); }, ThrowsMessage<Error>(HasSubstr("4 groups")));
  EXPECT_THROW(TypeParam(6, 4, 2, {.groups = 4}, rng), Error);
  EXPECT_THROW(TypeParam(4, 6, 2, {.groups = 0}, rng), Error);
  EXPECT_THROW(TypeParam(4, 6, 2, {.groups = -1}, rng), Error);
}

TEST(Conv2d, RefusesInputsWithOtherChannels) {
  Rng rng(4);
  Conv2d layer(3, 2, 2, {}, rng);
  EXPECT_THAT(
      [&] {
        layer(Tensor::ones({8, 4, 9, 7}));
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("3 input channels"), HasSubstr("8x4x9x7"))));
}

}  // namespace
}  // namespace wisp::nn
