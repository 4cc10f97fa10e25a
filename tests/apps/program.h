// Runs a program as a user would and keeps what it said.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <tests/temporary_folder.h>

namespace wisp::testing {

struct Outcome {
  int exit_code;  ///< -1 when a signal ended it
  std::string out;
  std::string err;
};

/// Runs "build/.../bin/COMMAND" through the shell, with `before` (settings, limits) in front.
inline Outcome run(const TemporaryFolder& folder, const std::string& command, const std::string& before = "") {
  const std::string out = folder / "stdout.txt", err = folder / "stderr.txt";
  const std::string line = before + " " WISP_BIN_DIR "/" + command + " >" + out + " 2>" + err + " </dev/null";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_bytes(out), read_bytes(err)};
}

/// The same with the shell's redirections, ">/dev/full" or "2>&-", after those of run; `before` comes first.
inline Outcome run_redirected(const TemporaryFolder& folder, const std::string& command,
                              const std::string& redirections, const std::string& before = "") {
  return run(folder, command, before + " redirected() { \"$@\" " + redirections + "; }; redirected");
}

/// Bad input: exit code 2 and one line on stderr that holds every one of `words`.
inline void expect_rejected(const Outcome& outcome, const std::vector<std::string>& words) {
  EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
  EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1) << "not one line: " << outcome.err;
  for (const std::string& word : words)
    EXPECT_NE(outcome.err.find(word), std::string::npos) << "\"" << word << "\" is missing in: " << outcome.err;
}

}  // namespace wisp::testing
