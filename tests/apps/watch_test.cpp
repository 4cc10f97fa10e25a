// The alarms, on made-up rows of the log; real runs are in slow_watch_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include <apps/dcgan/watch.h>

namespace wisp::testing {
namespace {

using apps::LogRow;
using apps::Watch;
using models::GanMeasures;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr GanMeasures healthy{.d_grad_norm = 3,
                              .g_grad_norm = 2,
                              .d_accuracy_real = 0.9,
                              .d_accuracy_fake = 0.9,
                              .spread = 0.4,
                              .spread_real = 0.5};

// Feeds `count` rows, 10 steps apart, and collects the alarms.
class Rows {
 public:
  std::vector<std::string> add(int count, const GanMeasures& measures) {
    std::vector<std::string> alarms;
    for (int i = 0; i < count; ++i) {
      LogRow row{.step = step_ += 10};
      row.result.measures = measures;
      for (const std::string& alarm : watch_.observe(row)) alarms.push_back(alarm);
    }
    return alarms;
  }

 private:
  Watch watch_;
  std::int64_t step_ = 0;
};

TEST(Watch, IsSilentWhileAllIsWell) {
  Rows rows;
  EXPECT_THAT(rows.add(500, healthy), IsEmpty());
}

TEST(Watch, CollapseIsTold) {
  GanMeasures collapsed = healthy;
  collapsed.spread = 0.9 * Watch::collapsed * healthy.spread_real;
  Rows rows;
  EXPECT_THAT(rows.add(50, healthy), IsEmpty());
  EXPECT_THAT(rows.add(Watch::patience - 1, collapsed), IsEmpty()) << "not yet for long";
  EXPECT_THAT(rows.add(100, collapsed), ElementsAre(HasSubstr("step 600: the generator collapses"))) << "once";
  EXPECT_THAT(rows.add(Watch::patience, healthy), IsEmpty());
  EXPECT_THAT(rows.add(20, collapsed), ElementsAre(HasSubstr("collapses"))) << "again, after it was gone";
}

TEST(Watch, AConstantGeneratorIsTold) {
  GanMeasures constant = healthy;
  constant.spread = 0.9 * Watch::constant * healthy.spread_real;
  Rows rows;
  rows.add(50, healthy);
  EXPECT_THAT(rows.add(30, constant), ElementsAre(HasSubstr("generator is constant")));
}

TEST(Watch, EveryGeneratorBeginsGrey) {
  GanMeasures grey = healthy;
  grey.spread = 0.001;
  Rows rows;
  EXPECT_THAT(rows.add(static_cast<int>(Watch::grace / 10) - 1, grey), IsEmpty());
  EXPECT_THAT(rows.add(100, healthy), IsEmpty());
}

TEST(Watch, AWinningDiscriminatorIsTold) {
  GanMeasures wins = healthy;
  wins.d_accuracy_real = wins.d_accuracy_fake = 1;
  Rows rows;
  rows.add(50, healthy);
  EXPECT_THAT(rows.add(30, wins), IsEmpty()) << "the generator still learns";
  wins.g_grad_norm = 0.5 * Watch::vanishing * healthy.g_grad_norm;
  EXPECT_THAT(rows.add(30, wins), ElementsAre(HasSubstr("discriminator wins")));
}

TEST(Watch, AnUnluckyRowIsNoAlarm) {
  GanMeasures bad = healthy;
  bad.spread = 0;
  Rows rows;
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(rows.add(1, bad), IsEmpty());
    EXPECT_THAT(rows.add(1, healthy), IsEmpty());
  }
}

TEST(Watch, WhatIsNotFiniteIsToldAtOnce) {
  models::GanStepResult result{.d_loss_real = 1, .d_loss_fake = 2, .g_loss = 3};
  EXPECT_EQ(apps::not_finite_alarm(7, result), "");
  for (double models::GanStepResult::*member :
       {&models::GanStepResult::d_loss_real, &models::GanStepResult::d_loss_fake, &models::GanStepResult::g_loss,
        &models::GanStepResult::penalty}) {
    models::GanStepResult bad = result;
    bad.*member = std::numeric_limits<double>::infinity();
    EXPECT_THAT(apps::not_finite_alarm(7, bad), HasSubstr("step 7"));
    bad.*member = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THAT(apps::not_finite_alarm(7, bad), HasSubstr("not finite"));
  }
}

}  // namespace
}  // namespace wisp::testing
