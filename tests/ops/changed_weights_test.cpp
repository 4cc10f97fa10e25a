// A convolution after its weight was changed in place: no copy of the weight, rounded or transformed, may be out of
// date.
#include <gtest/gtest.h>

#include <tests/kernels/forced_algorithm.h>
#include <wisp/core/rng.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/autocast.h>
#include <wisp/ops/conv2d.h>

namespace wisp::testing {
namespace {

void expect_doubled(bool bf16, ConvAlgorithm algorithm) {
  const Autocast autocast(bf16);
  const ForcedAlgorithm forced(algorithm);
  Rng rng(3);
  const Tensor x = Tensor::randn({8, 32, 8, 6}, rng), y = Tensor::randn({8, 48, 4, 3}, rng);
  Tensor w = Tensor::randn({48, 32, 4, 4}, rng);
  const Conv2dOptions down{.stride = 2, .padding = 1};
  const ConvTranspose2dOptions up{.stride = 2, .padding = 1};
  const auto values = [](const Tensor& t) { return t.to(DType::f32).values<float>(); };
  const auto small = values(conv2d(x, w, {}, down)), big = values(conv_transpose2d(y, w, {}, up));
  float* const weights = w.mutable_data<float>();
  for (std::int64_t i = 0; i < w.numel(); ++i) weights[i] *= 2;
  const auto small_after = values(conv2d(x, w, {}, down)), big_after = values(conv_transpose2d(y, w, {}, up));
  for (std::size_t i = 0; i < small.size(); ++i) ASSERT_EQ(small_after[i], 2 * small[i]) << i;
  for (std::size_t i = 0; i < big.size(); ++i) ASSERT_EQ(big_after[i], 2 * big[i]) << i;
}

TEST(ChangedWeights, AreSeenByTheNextConvolution) {
  for (const bool bf16 : {false, true})
    for (const ConvAlgorithm algorithm : {ConvAlgorithm::automatic, ConvAlgorithm::winograd, ConvAlgorithm::im2col})
      expect_doubled(bf16, algorithm);
}

}  // namespace
}  // namespace wisp::testing
