// Where memory ends a program says so in one line, and its exit code is 2.
#include <functional>
#include <new>
#include <sstream>
#include <string>

#include <gmock/gmock.h>

#include <apps/common/run_command_line.h>
#include <wisp/core/tensor.h>

namespace wisp::testing {
namespace {

void expect_line(const std::function<void()>& command, const std::string& line) {
  CLI::App app("", "program");
  app.callback(command);
  char name[] = "program";
  char* arguments[] = {name, nullptr};
  const int exit_code = 0;
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(apps::run_command_line(app, 1, arguments, exit_code), 2);
  std::istringstream lines(::testing::internal::GetCapturedStderr());
  std::string said;
  for (std::string text; std::getline(lines, text);)
    if (!text.starts_with("==")) said += text + "\n";  // a sanitizer's allocator says so, too
  EXPECT_EQ(said, line);
}

TEST(OutOfMemory, IsOneLineAndExitCodeTwo) {
  expect_line([] { Tensor::empty({std::int64_t{1} << 53}); },
              "program: allocate: out of memory, 36028797018963968 bytes requested\n");
  expect_line([] { throw std::bad_alloc(); }, "program: out of memory\n");
}

}  // namespace
}  // namespace wisp::testing
