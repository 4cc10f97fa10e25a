// The folder that a program writes to: tried before the work, and left as it was when the trial fails.
#include <apps/common/output_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <apps/common/page.h>
#include <wisp/core/error.h>
#include <wisp/io/png.h>

#include <tests/apps/program.h>

namespace wisp::testing {
namespace {

using apps::OutputFolder;
namespace fs = std::filesystem;

TEST(OutputFolder, MakesFoldersAndRemovesThoseThatStayEmpty) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "old");
  {
    const OutputFolder output(folder / "old/new/out", {"page", "inner/picture"});
    EXPECT_TRUE(fs::is_empty(folder / "old/new/out/inner")) << "the trials leave no files";
    write_bytes(folder / "old/new/out/page", "");
  }
  EXPECT_TRUE(fs::exists(folder / "old/new/out/page"));
  EXPECT_FALSE(fs::exists(folder / "old/new/out/inner"));
  { const OutputFolder output(folder / "old/empty/../other", {}); }
  EXPECT_FALSE(fs::exists(folder / "old/empty"));
  EXPECT_FALSE(fs::exists(folder / "old/other"));
  fs::create_directories(folder / "was there");
  { const OutputFolder output(folder / "was there", {"file"}); }
  EXPECT_TRUE(fs::exists(folder / "was there"));
}

TEST(OutputFolder, LeavesNothingWhenItFails) {
  const TemporaryFolder folder;
  EXPECT_THROW(OutputFolder(folder / "a/b", {"c/page", "d/" + std::string(300, 'x')}), IoError);
  EXPECT_THROW(OutputFolder(folder / ("a/" + std::string(300, 'x')), {}), IoError);
  EXPECT_EQ(folder.names(), std::vector<std::string>());
  write_bytes(folder / "page", "old");
  fs::create_directories(folder / "taken");
  EXPECT_THROW(OutputFolder(folder.path(), {"page", "taken"}), IoError);
  EXPECT_EQ(read_bytes(folder / "page"), "old");
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"page", "taken"}));
}

// Each command would work for minutes, and write pictures before its page.
TEST(OutputFolder, EveryCommandTriesEveryFileFirst) {
  const TemporaryFolder folder;
  write_png(folder / "picture.png", Tensor::zeros({40, 40}, DType::u8));
  for (const auto& [command, files] : {
           std::pair<std::string, std::vector<std::string>>{"explain --preset 3-6", {"index.html", "matrix.png"}},
           {"upsample --steps 1000000 --image " + (folder / "picture.png"), {"index.html", "trained_restored.png"}},
           {"autoencode --quiet --minutes 9", {"index.html", "pictures/9-11-Sigmoid.png"}},
       })
    for (const std::string& file : files) {
      fs::remove_all(folder / "out");
      fs::create_directories(folder / ("out/" + file));
      expect_rejected(run(folder, "tconv " + command + " --out " + (folder / "out")), {"out/" + file, "directory"});
      std::size_t entries = 0;
      for (const auto& entry : fs::recursive_directory_iterator(folder / "out")) entries += entry.exists();
      EXPECT_EQ(entries, file.find('/') == std::string::npos ? 1 : 2) << command << ", " << file;
    }
  expect_rejected(run(folder, "tconv explain --preset 3-6 --out /proc"), {"/proc/index.html"});
}

TEST(OutputFolder, WhatIsNoPageOfOursIsKept) {
  const TemporaryFolder folder;
  const std::string out = folder / "out", explain = "tconv explain --preset 3-6 --out " + out;
  fs::create_directories(out);
  write_bytes(out + "/notes.txt", "mine");
  EXPECT_EQ(run(folder, explain).exit_code, 0);
  EXPECT_EQ(run(folder, explain).exit_code, 0) << "over the page that was made before";
  write_bytes(out + "/index.html", "<html>my page, in \"use strict\" mode</html>");
  expect_rejected(run(folder, explain), {"out/index.html", "--out"});
  EXPECT_THAT(read_bytes(out + "/index.html"), ::testing::StartsWith("<html>my page"));
  fs::remove(out + "/index.html");
  write_bytes(out + "/matrix.png", "my matrix");
  for (const char* other : {"input.png", "output.png", "overlap.png"}) fs::remove(out + "/" + other);
  expect_rejected(run(folder, explain), {"out/matrix.png", "--out"});
  EXPECT_EQ(read_bytes(out + "/matrix.png") + read_bytes(out + "/notes.txt"), "my matrixmine");
}

// A page holds its pictures, which stand before its script.
TEST(OutputFolder, APageOfAnySizeIsReplaced) {
  const TemporaryFolder folder;
  const std::string body(2 << 20, 'x');
  apps::write_page(folder / "index.html", {.title = "Pictures", .body = body, .style = "", .script = "", .data = {}});
  EXPECT_NO_THROW(OutputFolder("explain", folder.path(), {"index.html"}));
}

}  // namespace
}  // namespace wisp::testing
