// The documents show programs that compile and print what they say.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <string>

namespace {

std::string read(const std::string& path) {
  std::ifstream file(std::string(WISP_SOURCE_DIR "/") + path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string output_of(const std::string& program) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen((WISP_BIN_DIR "/" + program).c_str(), "r"), pclose);
  std::string text;
  for (int c; pipe && (c = std::fgetc(pipe.get())) != EOF;) text += static_cast<char>(c);
  return text;
}

void expect_source(const std::string& document, const std::string& source) {
  EXPECT_NE(read(document).find("```cpp\n" + read(source) + "```"), std::string::npos)
      << document << " does not show " << source;
}

void expect_program(const std::string& document, const std::string& source, const std::string& program) {
  expect_source(document, source);
  EXPECT_NE(read(document).find("```text\n" + output_of(program) + "```"), std::string::npos)
      << document << " does not show what " << program << " prints:\n"
      << output_of(program);
}

TEST(Documents, ReadmeProgram) { expect_program("README.md", "examples/readme.cpp", "example_readme"); }

TEST(Documents, ReadmeXor) { expect_program("README.md", "examples/xor.cpp", "example_xor"); }

// What it draws, tests/examples looks at.
TEST(Documents, ReadmeDcgan) { expect_source("README.md", "examples/dcgan.cpp"); }

TEST(Documents, ContributingProgram) { expect_program("CONTRIBUTING.md", "examples/new_op.cpp", "example_new_op"); }

TEST(Documents, NetworksProgram) {
  expect_program("docs/networks.md", "examples/own_network.cpp", "example_own_network");
}

TEST(Documents, ReadmeShape) {
  const std::string command = "tconv shape --input 4x4 --kernel 3 --stride 2 --padding 1";
  EXPECT_NE(read("README.md").find("bin/" + command + "\n```\n\n```text\n" + output_of(command) + "```"),
            std::string::npos)
      << output_of(command);
}

TEST(Documents, LinksLeadSomewhere) {
  const std::regex link("\\]\\(([^) #:]+)\\)");
  for (const char* document : {"README.md", "CONTRIBUTING.md", "data/README.md", "data/judge/README.md", "docs/data.md",
                               "docs/quality.md", "docs/training.md", "docs/look.md", "docs/report.md", "docs/serve.md",
                               "docs/networks.md", "docs/architecture.md"}) {
    const std::string text = read(document);
    const auto folder = std::filesystem::path(WISP_SOURCE_DIR "/") / std::filesystem::path(document).parent_path();
    for (std::sregex_iterator at(text.begin(), text.end(), link), end; at != end; ++at)
      EXPECT_TRUE(std::filesystem::exists(folder / (*at)[1].str())) << document << ": " << (*at)[1];
  }
}

}  // namespace
