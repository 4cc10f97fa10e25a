#include <gtest/gtest.h>

#include <wisp/autograd/grad_mode.h>
#include <wisp/core/rng.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/sequential.h>
#include <wisp/nn/update_bn.h>

namespace wisp::nn {
namespace {

Sequential network(Rng& rng) {
  return Sequential(Conv2d(2, 3, 3, {}, rng), BatchNorm2d(3), Conv2d(3, 4, 1, {}, rng), BatchNorm2d(4));
}

// The plain mean over batches of their mean and (unbiased) variance, per channel, in loops.
void expect_statistics(const Tensors& inputs, BatchNorm& norm) {
  for (std::int64_t c = 0; c < norm.running_mean.numel(); ++c) {
    double mean_of_means = 0, mean_of_variances = 0;
    for (const Tensor& x : inputs) {
      double sum = 0, squares = 0, count = 0;
      const auto values = x.values<float>();
      const std::int64_t pixels = x.dim(2) * x.dim(3);
      for (std::int64_t i = 0; i < x.numel(); ++i)
        if (i / pixels % x.dim(1) == c) {
          const double value = values[static_cast<std::size_t>(i)];
          sum += value;
          squares += value * value;
          ++count;
        }
      const double mean = sum / count;
      mean_of_means += mean / static_cast<double>(inputs.size());
      mean_of_variances += (squares - count * mean * mean) / (count - 1) / static_cast<double>(inputs.size());
    }
    EXPECT_NEAR(norm.running_mean.values<float>()[static_cast<std::size_t>(c)], mean_of_means, 1e-5);
    EXPECT_NEAR(norm.running_var.values<float>()[static_cast<std::size_t>(c)], mean_of_variances, 1e-5);
  }
}

TEST(UpdateBn, TakesThePlainMeanOverTheBatches) {
  Rng rng(4);
  Sequential net = network(rng);
  Tensors batches;
  for (int i = 0; i < 3; ++i) batches.push_back(Tensor::randn({5, 2, 6, 4}, rng));
  net(batches[0]);  // statistics that must be forgotten
  update_bn(batches, net);
  Tensors inner;
  const NoGrad guard;
  for (const Tensor& batch : batches) inner.push_back(net[0](batch));
  auto& norm = dynamic_cast<BatchNorm&>(net[1]);
  expect_statistics(inner, norm);
  EXPECT_EQ(norm.num_batches_tracked.item<std::int64_t>(), 3);
  EXPECT_EQ(norm.momentum(), 0.1) << "as it was";
}

TEST(UpdateBn, LeavesTheModesAsTheyWere) {
  Rng rng(4);
  Sequential net = network(rng);
  net.eval();
  net[2].train();
  update_bn({Tensor::randn({5, 2, 6, 4}, rng)}, net);
  EXPECT_FALSE(net.is_training());
  EXPECT_FALSE(net[1].is_training());
  EXPECT_TRUE(net[2].is_training());
}

TEST(UpdateBn, NeedsNoBatchNorm) {
  Rng rng(4);
  Sequential net(Conv2d(2, 3, 3, {}, rng));
  update_bn({Tensor::randn({5, 2, 6, 4}, rng)}, net);
}

}  // namespace
}  // namespace wisp::nn
