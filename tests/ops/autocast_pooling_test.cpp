// Pooling and upsampling under Autocast.
#include <gtest/gtest.h>

#include <functional>

#include <wisp/autograd/backward.h>
#include <wisp/core/rng.h>
#include <wisp/ops/autocast.h>
#include <wisp/ops/pooling.h>
#include <wisp/ops/upsample.h>

namespace wisp::testing {
namespace {

// What PyTorch leaves alone under autocast stays f32, and a bf16 image goes through every layer of a classifier.
TEST(Autocast, PoolingAndUpsamplingKeepTheirDtype) {
  Rng rng(31);
  const Tensor image = Tensor::randn({2, 3, 7, 6}, rng);
  const std::vector<std::function<Tensor(const Tensor&)>> ops = {
      [](const Tensor& x) {
        return max_pool2d(x, {3, 2});
      },
      [](const Tensor& x) {
        return avg_pool2d(x, {3, 2});
      },
      [](const Tensor& x) { return upsample_nearest2d(x, 2); },
      [](const Tensor& x) { return upsample_bilinear2d(x, 2); }};
  for (const auto& op : ops) {
    const Tensor expected = op(image);
    const Tensor small = image.to(DType::bf16).set_requires_grad(true);
    Tensor f32, bf16;
    {
      const Autocast on;
      f32 = op(image);
      bf16 = op(small);
    }
    EXPECT_EQ(f32.values<float>(), expected.values<float>());
    ASSERT_EQ(bf16.dtype(), DType::bf16);
    const std::vector<float> rounded = bf16.to(DType::f32).values<float>(), exact = expected.values<float>();
    for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(rounded[i], exact[i], 0.03f);
    bf16.backward({.gradient = Tensor::ones(bf16.shape(), DType::bf16)});
    EXPECT_EQ(small.grad().dtype(), DType::bf16);
  }
}

}  // namespace
}  // namespace wisp::testing
