// docs/architecture.md says which files a new op, layer and so on touches; its examples' names stand in these, and in
// no others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = WISP_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What stands between backticks.
std::vector<std::string> quoted(const std::string& text) {
  const std::regex name("`([^`]+)`");
  std::vector<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) names.push_back((*at)[1]);
  return names;
}

bool has_word(const std::string& text, const std::string& word) {
  const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; ++at) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]))) return true;
  }
  return false;
}

// The sources that name one of the examples, or lie where a name with a slash says.
std::set<std::string> files_with(const std::vector<std::string>& examples) {
  std::set<std::string> files;
  for (const char* top : {"framework", "models", "apps", "tests"})
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      if (!entry.is_regular_file()) continue;
      const std::string path = fs::relative(entry.path(), root).string(), text = read(entry.path());
      for (const std::string& example : examples)
        if (has_word(text, example) ||
            (example.find('/') != std::string::npos && path.find(example) != std::string::npos))
          files.insert(path);
    }
  return files;
}

TEST(HowToAdd, TouchesTheFilesThatArchitectureSays) {
  std::ifstream document(root / "docs/architecture.md");
  const std::regex row("^\\| (an? .*) \\|(.*)\\|(.*)\\|$");
  std::set<std::string> kinds;
  for (std::string line; std::getline(document, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    kinds.insert(match[1]);
    EXPECT_THAT(files_with(quoted(match[2])), ::testing::UnorderedElementsAreArray(quoted(match[3]))) << match[1];
  }
  EXPECT_THAT(kinds, ::testing::ElementsAre("a file format", "a layer", "a loss", "a model", "a program",
                                            "an implementation of the convolutions", "an op"));
}

}  // namespace
