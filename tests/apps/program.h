// Runs a program as a user would and keeps what it said.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace wisp::testing {

/// A folder for one test, empty at first and removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "wisp-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

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
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(out), read_text(err)};
}

/// Bad input: exit code 2 and one line on stderr that holds every one of `words`.
inline void expect_rejected(const Outcome& outcome, std::initializer_list<std::string> words) {
  EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
  EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1) << "not one line: " << outcome.err;
  for (const std::string& word : words)
    EXPECT_NE(outcome.err.find(word), std::string::npos) << "\"" << word << "\" is missing in: " << outcome.err;
}

}  // namespace wisp::testing
