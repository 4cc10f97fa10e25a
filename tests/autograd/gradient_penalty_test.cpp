// Penalties on gradients (WGAN-GP, R1) through a small critic: their own gradients are second derivatives of the
// network, statistics of the batch included.
#include <gtest/gtest.h>

#include <wisp/autograd/backward.h>
#include <wisp/autograd/gradcheck.h>
#include <wisp/core/rng.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/batch_norm.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/math.h>
#include <wisp/ops/reduction.h>

namespace wisp {
namespace {

// Critic of images 2 x 4 x 5: parameters w1 (3,2,3,2), gamma, beta (3), w2 (1,3,2,2).
Tensor critic(const Tensor& x, const Tensor& w1, const Tensor& gamma, const Tensor& beta, const Tensor& w2) {
  const Tensor hidden = conv2d(x, w1, {}, {.stride = 2, .padding = 1});
  const Tensor normalized = batch_norm(hidden, {}, {}, gamma, beta, true);
  return conv2d(leaky_relu(normalized, 0.2), w2, {}, {.stride = {1, 2}});
}

Tensors network() {
  Rng rng(77);
  const auto random = [&](const Shape& shape) { return Tensor::randn(shape, rng, DType::f64).set_requires_grad(true); };
  return {random({2, 2, 4, 5}), random({3, 2, 3, 2}), random({3}), random({3}), random({1, 3, 2, 2})};
}

// The derivative of the critic with respect to the images, as a function of images and parameters.
Tensor image_gradient(const Tensors& t) {
  const GradMode mode(true);
  return grad({sum(critic(t[0], t[1], t[2], t[3], t[4]))}, {t[0]}, {.create_graph = true})[0];
}

TEST(GradientPenalty, WassersteinPenaltyHasTheRightGradient) {
  const auto penalty = [](const Tensors& t) {
    const Tensor norm = sqrt(sum(square(image_gradient(t)), {1, 2, 3}) + 1e-12);
    return Tensors{mean(square(norm - 1.0))};
  };
  EXPECT_TRUE(gradcheck(penalty, network(), {.atol = 1e-7, .rtol = 1e-5}));
}

TEST(GradientPenalty, R1PenaltyHasTheRightGradient) {
  const auto penalty = [](const Tensors& t) { return Tensors{sum(square(image_gradient(t))) * 0.5}; };
  EXPECT_TRUE(gradcheck(penalty, network(), {.atol = 1e-7, .rtol = 1e-5, .fast_mode = true}));
}

TEST(GradientPenalty, CanItselfBeDifferentiatedTwice) {
  const auto penalty = [](const Tensors& t) { return Tensors{mean(square(image_gradient(t)))}; };
  EXPECT_TRUE(gradgradcheck(penalty, network(), {.atol = 1e-6, .rtol = 1e-4, .fast_mode = true}));
}

TEST(GradientPenalty, BackwardPutsItIntoTheParameters) {
  const Tensors t = network();
  sum(square(image_gradient(t))).backward();
  for (std::size_t i : {1, 2, 4}) EXPECT_TRUE(t[i].grad().defined()) << i;
  EXPECT_EQ(t[1].grad().shape(), t[1].shape());
}

}  // namespace
}  // namespace wisp
