#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include <wisp/core/error.h>
#include <wisp/optim/lr_schedule.h>

namespace wisp::optim {
namespace {

TEST(LRSchedule, Constant) {
  for (const std::int64_t step : {0, 5, 9, 100}) EXPECT_EQ(lr_factor({.steps = 10}, step), 1.0);
}

TEST(LRSchedule, LinearFallsByEqualSteps) {
  const LRScheduleOptions options{LRSchedule::linear, 0, 4};
  const double expected[] = {1, 0.75, 0.5, 0.25, 0.25, 0.25};
  for (int step = 0; step < 6; ++step) EXPECT_DOUBLE_EQ(lr_factor(options, step), expected[step]) << step;
}

TEST(LRSchedule, CosineIsHalfInTheMiddle) {
  const LRScheduleOptions options{LRSchedule::cosine, 0, 100};
  EXPECT_DOUBLE_EQ(lr_factor(options, 0), 1);
  EXPECT_DOUBLE_EQ(lr_factor(options, 50), 0.5);
  EXPECT_DOUBLE_EQ(lr_factor(options, 25), (1 + std::cos(std::numbers::pi / 4)) / 2);
  EXPECT_GT(lr_factor(options, 99), 0);
}

TEST(LRSchedule, WarmUpRisesThenTheScheduleBegins) {
  const LRScheduleOptions options{LRSchedule::linear, 3, 7};
  const double expected[] = {0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25};
  for (int step = 0; step < 7; ++step) EXPECT_DOUBLE_EQ(lr_factor(options, step), expected[step]) << step;
}

TEST(LRSchedule, DecayMayStartLater) {
  const double expected[] = {1, 1, 1, 0.75, 0.5, 0.25, 0.25};
  for (int step = 0; step < 7; ++step) {
    EXPECT_DOUBLE_EQ(lr_factor({LRSchedule::linear, 0, 6, 1.0 / 3}, step), expected[step]) << step;
    EXPECT_EQ(lr_factor({LRSchedule::constant, 0, 6, 1.0 / 3}, step), 1) << step;
  }
  const LRScheduleOptions cosine{LRSchedule::cosine, 0, 100, 0.2};
  EXPECT_EQ(lr_factor(cosine, 20), 1);
  EXPECT_LT(lr_factor(cosine, 21), 1);
  EXPECT_DOUBLE_EQ(lr_factor(cosine, 60), 0.5);
}

TEST(LRSchedule, DecayStartIsAShareOfTheStepsBehindTheWarmUp) {
  const LRScheduleOptions options{LRSchedule::linear, 3, 11, 0.5};
  const double expected[] = {0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25};
  for (int step = 0; step < 11; ++step) EXPECT_DOUBLE_EQ(lr_factor(options, step), expected[step]) << step;
}

TEST(LRSchedule, RefusesWhatIsOutOfRange) {
  EXPECT_THROW(lr_factor({.warmup = 10, .steps = 10}, 0), Error);
  EXPECT_THROW(lr_factor({.warmup = -1, .steps = 10}, 0), Error);
  for (const double start : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_THROW(lr_factor({.steps = 10, .decay_start = start}, 0), Error) << start;
  EXPECT_THROW(lr_schedule_of("step"), Error);
}

TEST(LRSchedule, Names) {
  for (const LRSchedule schedule : {LRSchedule::constant, LRSchedule::linear, LRSchedule::cosine})
    EXPECT_EQ(lr_schedule_of(name_of(schedule)), schedule);
}

}  // namespace
}  // namespace wisp::optim
