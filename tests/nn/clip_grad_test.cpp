#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

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

Tensors with_gradient(const Tensor& gradient) {
  Tensor parameter = Tensor::zeros(gradient.shape(), gradient.dtype()).set_requires_grad(true);
  parameter.set_grad(gradient);
  return {parameter};
}

// Squares beyond the dtype's range are no infinity and no 0.
TEST(ClipGradNorm, NormsAreRightWhereSquaresAreNot) {
  const std::pair<double, DType> cases[] = {{1e20, DType::f32},  {3e38, DType::f32},  {1e-25, DType::f32},
                                            {1e-44, DType::f32}, {1e200, DType::f64}, {1e-200, DType::f64},
                                            {1e20, DType::bf16}};
  for (const auto& [value, dtype] : cases) {
    const Tensors parameters = with_gradient(Tensor::full({2}, value, dtype));
    const double component = parameters[0].grad().to(DType::f64).values<double>()[0], norm = component * std::sqrt(2);
    EXPECT_NEAR(grad_norm(parameters) / norm, 1, 1e-15) << value;
    EXPECT_NEAR(clip_grad_norm_(parameters, 0.01) / norm, 1, 1e-15) << value;
    const double clipped = parameters[0].grad().to(DType::f64).values<double>()[0];
    if (value > 1)
      EXPECT_NEAR(clipped, 0.01 / std::sqrt(2), dtype == DType::bf16 ? 4e-5 : 1e-9) << value;
    else
      EXPECT_EQ(clipped, component) << value;
  }
}

TEST(ClipGradNorm, NormsOfSeveralParametersAreRightWhereSquaresAreNot) {
  for (const double value : {1e200, 1e-200}) {
    Tensors parameters = with_gradient(Tensor::full({3}, value, DType::f64));
    parameters.push_back(with_gradient(Tensor::full({6}, value, DType::f64))[0]);
    EXPECT_NEAR(grad_norm(parameters) / value, 3, 1e-15);
  }
}

// The least factor that f32 holds as it is 1e-38.
TEST(ClipGradNorm, AFactorBelowF32Clips) {
  const Tensors parameters = with_gradient(Tensor::full({4}, 1e38));
  clip_grad_norm_(parameters, 2e-6);
  EXPECT_NEAR(parameters[0].grad().values<float>()[0], 1e-6f, 1e-12f);
}

// A NaN beside an infinity is not lost.
TEST(ClipGradNorm, TheNormIsNaNWhereAGradientIs) {
  Tensors parameters = with_gradient(Tensor::full({1}, std::numeric_limits<double>::infinity()));
  parameters.push_back(with_gradient(Tensor::full({1}, std::nan("")))[0]);
  EXPECT_TRUE(std::isnan(clip_grad_norm_(parameters, 1)));
}

// Of many elements, as many as a layer has.
TEST(GradNorm, OfManyElementsIsExact) {
  EXPECT_NEAR(grad_norm(with_gradient(Tensor::full({3'000'000}, 0.1))) / (static_cast<double>(0.1f) * std::sqrt(3e6)),
              1, 1e-15);
}

}  // namespace
}  // namespace wisp::nn
