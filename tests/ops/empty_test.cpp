// What PyTorch answers where there is nothing to add up: empty batches, no channels, no features.
#include <gtest/gtest.h>

#include <cmath>

#include <wisp/autograd/backward.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/batch_norm.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/group_norm.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/matmul.h>
#include <wisp/ops/one_hot.h>
#include <wisp/ops/pooling.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/slice.h>
#include <wisp/ops/upsample.h>

namespace wisp::testing {
namespace {

Tensor none(const Shape& shape) { return Tensor::empty(shape).set_requires_grad(true); }
Tensor ones(const Shape& shape) { return Tensor::ones(shape).set_requires_grad(true); }

// Every number of x is `value`, and the shape is that.
void expect_all(const Tensor& x, const Shape& shape, float value) {
  EXPECT_EQ(x.shape(), shape);
  for (const float number : x.values<float>()) EXPECT_EQ(number, value);
}

// The gradient of sum(y) in x is `value` throughout.
void expect_gradient(const Tensor& y, const Tensor& x, float value) {
  expect_all(grad({sum(y)}, {x}, {.retain_graph = true})[0], x.shape(), value);
}

TEST(Empty, ConvolutionOfNoImages) {
  const Tensor weight = ones({4, 3, 3, 3}), bias = ones({4}), x = none({0, 3, 5, 6});
  const Tensor y = conv2d(x, weight, bias);
  expect_all(y, {0, 4, 3, 4}, 0);
  expect_gradient(y, x, 0);
  expect_gradient(y, weight, 0);
  expect_gradient(y, bias, 0);
  const Tensor back = conv_transpose2d(none({0, 4, 5, 6}), weight, {}, {.stride = 2});
  expect_all(back, {0, 3, 11, 13}, 0);
  expect_gradient(back, weight, 0);
}

// By the formula: a sum of nothing is 0, and the bias is added.
TEST(Empty, ConvolutionOfNoChannels) {
  const Tensor weight = none({4, 0, 3, 3}), bias = ones({4});
  const Tensor y = conv2d(none({2, 0, 5, 5}), weight, bias);
  expect_all(y, {2, 4, 3, 3}, 1);
  expect_gradient(y, bias, 18);
  EXPECT_EQ(grad({sum(y)}, {weight})[0].shape(), weight.shape());
}

TEST(Empty, ProductsOverNothingAreZero) {
  const Tensor a = none({2, 0}), b = none({0, 3});
  const Tensor y = matmul(a, b);
  expect_all(y, {2, 3}, 0);
  EXPECT_EQ(grad({sum(y)}, {a})[0].shape(), a.shape());
  expect_all(matmul(none({0}), none({0})), {}, 0);
  expect_all(matmul(none({5, 2, 0}), none({0, 3})), {5, 2, 3}, 0);
  expect_all(matmul(none({0, 2, 3}), ones({3, 4})), {0, 2, 4}, 0);
  expect_all(matmul(none({1, 2, 0}), none({4, 0, 3})), {4, 2, 3}, 0);
  const Tensor matrix = ones({3, 4});
  expect_gradient(matmul(none({0, 2, 3}), matrix), matrix, 0);
}

TEST(Empty, SumsAndMeans) {
  expect_all(sum(none({0, 3})), {}, 0);
  expect_all(sum(none({0, 3}), {0}), {3}, 0);
  expect_all(sum(none({0, 3}), {1}), {0}, 0);
  EXPECT_TRUE(std::isnan(mean(none({0, 3})).item<float>()));
  for (const float value : mean(none({0, 3}), {0}).values<float>()) EXPECT_TRUE(std::isnan(value));
  EXPECT_EQ(mean(none({0, 3}), {1}).shape(), Shape{0});
  EXPECT_THROW(amax(none({0, 3})), Error);
  EXPECT_THROW(amax(none({0, 3}), {0}), Error);
  EXPECT_THROW(argmax(none({0, 3}), 0), Error);
  EXPECT_EQ(argmax(none({3, 0}), 0).shape(), Shape{0});
  EXPECT_EQ(argmax(none({0, 3}), 1).shape(), Shape{0});
}

TEST(Empty, Losses) {
  EXPECT_TRUE(std::isnan(mse_loss(none({0, 3}), none({0, 3})).item<float>()));
  EXPECT_TRUE(std::isnan(bce_with_logits(none({0, 3}), none({0, 3})).item<float>()));
  expect_all(mse_loss(none({0, 3}), none({0, 3}), Reduction::sum), {}, 0);
  EXPECT_EQ(one_hot(Tensor::empty({0}, DType::i64), 3).shape(), (Shape{0, 3}));
}

TEST(Empty, Norms) {
  const Tensor running_mean = Tensor::full({3}, 2), running_var = Tensor::full({3}, 4), weight = ones({3});
  const Tensor x = none({0, 3, 2, 2});
  const Tensor y = batch_norm(x, running_mean, running_var, weight, {}, true);
  expect_all(y, {0, 3, 2, 2}, 0);
  expect_gradient(y, weight, 0);
  expect_gradient(y, x, 0);
  expect_all(running_mean, {3}, 2);  // nothing was seen
  expect_all(running_var, {3}, 4);
  expect_all(batch_norm(x, running_mean, running_var), {0, 3, 2, 2}, 0);
  EXPECT_THROW(batch_norm(ones({1, 3, 1, 1}), {}, {}, {}, {}, true), Error);
  const Tensor grouped = ones({4});
  expect_gradient(group_norm(none({0, 4, 2, 2}), 2, grouped), grouped, 0);
  expect_gradient(group_norm(none({2, 4, 0, 2}), 2, grouped), grouped, 0);
}

TEST(Empty, ImagesAndPieces) {
  expect_all(max_pool2d(none({0, 3, 4, 4}), 2), {0, 3, 2, 2}, 0);
  expect_all(avg_pool2d(none({0, 3, 4, 4}), 2), {0, 3, 2, 2}, 0);
  expect_all(upsample_bilinear2d(none({0, 3, 2, 2}), 2), {0, 3, 4, 4}, 0);
  expect_all(upsample_nearest2d(none({0, 3, 2, 2}), 2), {0, 3, 4, 4}, 0);
  EXPECT_THROW(upsample_bilinear2d(none({1, 1, 0, 2}), 2), Error);
  expect_all(pad2d(none({0, 3, 2, 2}), {1, 1, 1, 1}), {0, 3, 4, 4}, 0);
  expect_all(pad2d(none({1, 1, 0, 2}), {1, 1, 1, 1}), {1, 1, 2, 4}, 0);
  EXPECT_THROW(pad2d(none({1, 1, 0, 2}), {1, 1, 1, 1}, PaddingMode::replicate), Error);
  expect_all(cat({none({0, 3}), ones({2, 3})}), {2, 3}, 1);
  expect_all(leaky_relu_backward(none({0, 3}), none({0, 3}), 0.1), {0, 3}, 0);
  EXPECT_THROW(leaky_relu_backward(ones({100}), ones({1}), 0.1), Error);
  EXPECT_THROW(leaky_relu_backward(ones({2}), Tensor::ones({2}, DType::f64), 0.1), Error);
}

}  // namespace
}  // namespace wisp::testing
