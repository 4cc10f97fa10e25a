// The house's arrows only point down: reads the #include lines of every source file.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

std::string source_root() { return WISP_SOURCE_DIR; }

// Which folders a folder's files may include from, besides its own: the table of docs/architecture.md.
std::map<std::string, std::set<std::string>> stands_on() {
  std::map<std::string, std::set<std::string>> result;
  std::ifstream document(source_root() + "/docs/architecture.md");
  const std::regex row("^\\| \\[(\\w+)\\]\\(.*\\) \\|.*\\|([^|]*)\\|$"), word("\\w+");
  for (std::string line; std::getline(document, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    const std::string folders = match[2];
    std::set<std::string>& below = result[match[1]];
    for (std::sregex_iterator at(folders.begin(), folders.end(), word), end; at != end; ++at) below.insert(at->str());
  }
  return result;
}

// The room a path belongs to: framework/wisp/core/x.h and wisp/core/x.h -> core, models/x.h -> models.
std::string room_of(const std::string& path) {
  std::smatch match;
  if (std::regex_search(path, match, std::regex("^(?:framework/)?wisp/(\\w+)/"))) return match[1];
  if (std::regex_search(path, match, std::regex("^(models|apps)/"))) return match[1];
  return "";
}

template <class Visit>
void visit_includes(Visit visit) {
  const std::regex include("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]");
  for (const char* top : {"framework", "models", "apps"})
    for (const auto& entry : fs::recursive_directory_iterator(source_root() + "/" + top)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cpp") continue;
      const std::string file = fs::relative(entry.path(), source_root()).string();
      std::ifstream stream(entry.path());
      for (std::string line; std::getline(stream, line);) {
        std::smatch match;
        if (std::regex_search(line, match, include)) visit(file, match[1].str());
      }
    }
}

TEST(Layers, IncludesPointDown) {
  const auto allowed = stands_on();
  int arrows = 0;
  visit_includes([&](const std::string& file, const std::string& included) {
    if (file == "framework/wisp/wisp.h") return;
    const std::string from = room_of(file), to = room_of(included);
    if (to.empty() || from == to) return;
    ++arrows;
    ASSERT_TRUE(allowed.contains(from)) << file << " is in a folder this test does not know";
    EXPECT_TRUE(allowed.at(from).contains(to)) << file << " must not include " << included;
  });
  EXPECT_GT(arrows, 50) << "the includes were not found";
}

TEST(Layers, KernelsKnowNoTensor) {
  visit_includes([](const std::string& file, const std::string& included) {
    if (room_of(file) == "kernels") {
      EXPECT_NE(included, "wisp/core/tensor.h") << file;
    }
  });
}

TEST(Layers, OpsKnowNoBackend) {
  visit_includes([](const std::string& file, const std::string& included) {
    if (room_of(file) == "ops") {
      EXPECT_FALSE(included.starts_with("wisp/kernels/native/")) << file;
      EXPECT_FALSE(included.starts_with("wisp/kernels/onednn/")) << file;
    }
  });
}

// A build without oneDNN lacks the folder.
TEST(Layers, OnlyTheRegistryKnowsOnednn) {
  visit_includes([](const std::string& file, const std::string& included) {
    if (!included.starts_with("wisp/kernels/onednn/") || file.starts_with("framework/wisp/kernels/onednn/")) return;
    EXPECT_EQ(file, "framework/wisp/kernels/registry.cpp") << included;
  });
}

TEST(Layers, OneFileKnowsTheVersionsOfOnednn) {
  visit_includes([](const std::string& file, const std::string& included) {
    if (included.find("dnnl") == std::string::npos) return;
    EXPECT_EQ(file, "framework/wisp/kernels/onednn/version.h");
  });
}

TEST(Layers, OneFolderKnowsOnnx) {
  visit_includes([](const std::string& file, const std::string& included) {
    if (!included.starts_with("onnx/")) return;
    EXPECT_TRUE(file.starts_with("framework/wisp/exchange/onnx_graph")) << file;
  });
}

TEST(Files, AreAtMost500Lines) {
  for (const char* top : {"framework", "models", "apps", "tests"})
    for (const auto& entry : fs::recursive_directory_iterator(source_root() + "/" + top)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cpp") continue;
      std::ifstream stream(entry.path());
      int lines = 0;
      for (std::string line; std::getline(stream, line);) ++lines;
      EXPECT_LE(lines, 500) << entry.path();
    }
}

}  // namespace
