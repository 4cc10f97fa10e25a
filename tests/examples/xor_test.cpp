// examples/xor.cpp: four right answers, the same every time.
#include <gtest/gtest.h>

#include <tests/apps/program.h>

namespace wisp::testing {
namespace {

TEST(ExampleXor, GivesTheFourAnswers) {
  const TemporaryFolder folder;
  for (const std::string backend : {"native", "auto"}) {
    const Outcome outcome = run(folder, "example_xor", "WISP_BACKEND=" + backend);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "0 xor 0: 0.00\n0 xor 1: 1.00\n1 xor 0: 1.00\n1 xor 1: 0.00\n") << backend;
  }
}

TEST(ExampleXor, SaysInOneLineWhatIsWrong) {
  const TemporaryFolder folder;
  expect_rejected(run(folder, "example_xor", "WISP_BACKEND=abacus"), {"xor: ", "abacus"});
}

}  // namespace
}  // namespace wisp::testing
