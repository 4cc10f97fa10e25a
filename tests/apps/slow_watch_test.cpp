// The alarms on real training: silent on healthy runs, heard when a run is made to fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/apps/program.h>
#include <wisp/io/safetensors.h>

namespace wisp::testing {
namespace {

using ::testing::HasSubstr;

class SlowWatch : public ::testing::Test {
 protected:
  Outcome train(const std::string& options) {
    return run(folder, "dcgan train --quiet --overwrite --base-channels 16 --steps 420 --evaluate-every 0 --out " +
                           (folder / "run") + " " + options);
  }
  TemporaryFolder folder;
};

TEST_F(SlowWatch, TenHealthyRunsRaiseNoAlarm) {
  for (int seed = 1; seed <= 10; ++seed) {
    const Outcome outcome = train("--seed " + std::to_string(seed));
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.err, "") << "seed " << seed;
  }
}

// A discriminator that does not learn has one favourite image, and the generator finds it.
TEST_F(SlowWatch, ACollapseIsHeard) {
  const Outcome warned = train("--lr-d 0");
  EXPECT_EQ(warned.exit_code, 0);
  EXPECT_THAT(warned.err, HasSubstr("alarm: step "));
  EXPECT_THAT(warned.err, HasSubstr("collapses"));
  EXPECT_EQ(read_safetensors(folder / "run/checkpoint.safetensors").metadata.at("step.value"), "420");

  const Outcome stopped = train("--lr-d 0 --on-alarm stop");
  EXPECT_EQ(stopped.exit_code, 1);
  EXPECT_EQ(stopped.err.substr(0, stopped.err.find(';')), warned.err.substr(0, warned.err.find(';')));
  EXPECT_LT(std::stoi(read_safetensors(folder / "run/checkpoint.safetensors").metadata.at("step.value")), 420);
}

TEST_F(SlowWatch, ANumberThatIsNotFiniteStops) {
  const Outcome outcome = train("--lr 1e30 --checkpoint-every 1");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("not finite"));
  EXPECT_EQ(run(folder, "dcgan sample --checkpoint " + (folder / "run/checkpoint.safetensors") + " --out " +
                            (folder / "grid.png"))
                .exit_code,
            0);
}

}  // namespace
}  // namespace wisp::testing
