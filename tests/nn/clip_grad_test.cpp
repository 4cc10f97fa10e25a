#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <wisp/nn/clip_grad.h>

namespace wisp::nn {
namespace {

// Gradients (3, 4) and (12), norm 13; a third parameter has none.
Tensors with_gradients() {
  Tensors parameters{Tensor::zeros({2}), Tensor::zeros({1, 1}), Tensor::zeros({5})};
  for (Tensor& parameter : parameters) parameter.set_requires_grad(true);
  parameters[0].set_grad(Tensor::from({2}, {3.f, 4.f}));
  parameters[1].set_grad(Tensor::from({1, 1}, {12.f}));
  return parameters;
}

TEST(GradNorm, IsOfAllGradientsTogether) {
  EXPECT_DOUBLE_EQ(grad_norm(with_gradients()), 13);
  EXPECT_EQ(grad_norm({}), 0);
}

TEST(ClipGradNorm, ScalesToTheNorm) {
  const Tensors parameters = with_gradients();
  EXPECT_DOUBLE_EQ(clip_grad_norm_(parameters, 6.5), 13);
  EXPECT_NEAR(grad_norm(parameters), 6.5, 1e-5);
  EXPECT_NEAR(parameters[0].grad().values<float>()[1], 2, 1e-5);
  EXPECT_FALSE(parameters[2].grad().defined());
}

TEST(ClipGradNorm, LeavesSmallGradientsAlone) {
  const Tensors parameters = with_gradients();
  EXPECT_DOUBLE_EQ(clip_grad_norm_(parameters, 14), 13);
  EXPECT_EQ(parameters[0].grad().values<float>(), (std::vector<float>{3, 4}));
}

TEST(ClipGradNorm, LeavesWhatIsNotFiniteAlone) {
  Tensors parameters = with_gradients();
  parameters[1].set_grad(Tensor::full({1, 1}, std::numeric_limits<double>::infinity()));
  EXPECT_TRUE(std::isinf(clip_grad_norm_(parameters, 1)));
  EXPECT_EQ(parameters[0].grad().values<float>(), (std::vector<float>{3, 4}));
  EXPECT_THROW(clip_grad_norm_(parameters, 0), Error);
}

}  // namespace
}  // namespace wisp::nn
