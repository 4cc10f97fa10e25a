// The full-size networks on MNIST: the same bytes for any number of threads, and memory.
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <tests/apps/program.h>

namespace wisp::testing {
namespace {

TEST(SlowTrain, SameCheckpointForAnyThreadCount) {
  const TemporaryFolder folder;
  std::string first;
  for (const std::string threads : {"1", "2", "3", "8"}) {
    const Outcome outcome = run(folder,
                                "dcgan train --steps 20 --seed 7 --quiet --evaluate-every 0 --threads " + threads +
                                    " --out " + (folder / threads),
                                "WISP_BACKEND=native");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const std::string checkpoint = read_bytes(folder / (threads + "/checkpoint.safetensors"));
    if (first.empty()) first = checkpoint;
    EXPECT_TRUE(checkpoint == first) << threads << " threads";
  }
}

TEST(SlowTrain, Uses200MegabytesAtMostBetweenEvaluations) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder, "dcgan train --steps 40 --quiet --evaluate-every 0 --out " + (folder / "run")).exit_code, 0);
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);  // the largest child
  EXPECT_LT(usage.ru_maxrss, 200'000'000 / 1024);
}

}  // namespace
}  // namespace wisp::testing
