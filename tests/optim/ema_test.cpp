#include <gtest/gtest.h>

#include <wisp/core/error.h>
#include <wisp/optim/ema.h>

namespace wisp::optim {
namespace {

TEST(Ema, MovesTowardsTheParameters) {
  const Tensor average = Tensor::from({2, 1}, {1.0, -2.0}), other = Tensor::from({1}, {4.f});
  ema_update({average, other}, {Tensor::from({2, 1}, {3.0, 2.0}), Tensor::from({1}, {0.f})}, 0.75);
  EXPECT_EQ(average.values<double>(), (std::vector<double>{1.5, -1.0}));
  EXPECT_EQ(other.values<float>(), std::vector<float>{3.f});
}

TEST(Ema, CountsTheWrite) {
  const Tensor average = Tensor::zeros({3});
  const auto version = average.storage()->version;
  ema_update({average}, {Tensor::ones({3})}, 0.5);
  EXPECT_GT(average.storage()->version, version);
}

TEST(Ema, DecayGrowsToItsLimit) {
  EXPECT_DOUBLE_EQ(ema_decay(0.999, 0), 0.1);
  EXPECT_DOUBLE_EQ(ema_decay(0.999, 90), 0.91);
  EXPECT_DOUBLE_EQ(ema_decay(0.999, 1'000'000), 0.999);
  EXPECT_DOUBLE_EQ(ema_decay(0.05, 0), 0.05);
}

TEST(Ema, RefusesWhatDoesNotFit) {
  const Tensor a = Tensor::zeros({2, 3});
  EXPECT_THROW(ema_update({a}, {}, 0.5), Error);
  EXPECT_THROW(ema_update({a}, {Tensor::zeros({3, 2})}, 0.5), Error);
  EXPECT_THROW(ema_update({a}, {Tensor::zeros({2, 3}, DType::f64)}, 0.5), Error);
  EXPECT_THROW(ema_update({a}, {a}, 1.5), Error);
}

}  // namespace
}  // namespace wisp::optim
