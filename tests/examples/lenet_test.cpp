// examples/lenet.cpp: reads the digits it has not seen, and says in one line what is wrong with its input.
#include <gtest/gtest.h>

#include <regex>

#include <tests/apps/tiny_data.h>

namespace wisp::testing {
namespace {

TEST(SlowExampleLenet, ReadsAtLeast98PercentOfTheTestImages) {
  const TemporaryFolder folder;
  const Outcome outcome = run(folder, "example_lenet " WISP_SOURCE_DIR "/data/mnist");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  std::smatch last;
  ASSERT_TRUE(std::regex_search(outcome.out, last, std::regex("epoch 2: ([0-9.]+) % of the test images")))
      << outcome.out;
  EXPECT_GE(std::stod(last[1]), 98.0);
  EXPECT_LE(std::stod(last[1]), 99.5) << "too good for two epochs: is this the test split?";
}

TEST(ExampleLenet, SaysInOneLineWhatIsWrong) {
  const TemporaryFolder folder;
  expect_rejected(run(folder, "example_lenet " + (folder / "nowhere")), {"lenet: ", "nowhere"});
  expect_rejected(run(folder, "example_lenet ''"), {"lenet: "});
  expect_rejected(run(folder, "example_lenet " + folder.path() + " 3"), {"lenet: expected [DATA]", "given 2"});
  // No folder data/mnist where it runs.
  expect_rejected(run(folder, "example_lenet", "cd " + folder.path() + " && "), {"lenet: ", "data/mnist"});

  const std::string unlabelled = folder / "unlabelled";
  write_tiny_data(unlabelled, 1000);
  expect_rejected(run(folder, "example_lenet " + unlabelled), {"lenet: ", "t10k-images"});
  std::filesystem::copy_file(unlabelled + "/train-images-idx3-ubyte", unlabelled + "/t10k-images-idx3-ubyte");
  expect_rejected(run(folder, "example_lenet " + unlabelled), {"lenet: ", unlabelled, "labels are missing"});
}

}  // namespace
}  // namespace wisp::testing
