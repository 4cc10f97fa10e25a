// What a command writes replaces neither what it reads nor what it writes besides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include <tests/apps/tiny_data.h>
#include <wisp/io/png.h>

namespace wisp::testing {
namespace {

namespace fs = std::filesystem;

class Outputs : public ::testing::Test {
 protected:
  Outputs() {
    write_tiny_data(folder / "data");
    EXPECT_EQ(tool("dcgan train --steps 2 --out run --data data" + tiny).exit_code, 0);
    fs::create_hard_link(folder / "run/checkpoint.safetensors", folder / "hard");
    fs::create_symlink("run/checkpoint.safetensors", folder / "soft");
  }

  Outcome tool(const std::string& command) const { return run(folder, command, "cd " + folder.path() + "; "); }
  // The command is refused, and the file is what it was.
  void expect_kept(const std::string& file, const std::string& command, const std::vector<std::string>& words) const {
    const std::string before = read_bytes(folder / file);
    expect_rejected(tool(command), words);
    EXPECT_TRUE(read_bytes(folder / file) == before) << command;
  }

  TemporaryFolder folder;
};

TEST_F(Outputs, ACheckpointIsNotReplacedByWhatIsMadeOfIt) {
  const std::string checkpoint = "run/checkpoint.safetensors";
  for (const std::string& out : {"./" + checkpoint, std::string("hard"), std::string("soft")}) {
    const std::vector<std::string> words = {out, "would replace", checkpoint};
    expect_kept(checkpoint, "dcgan sample --count 1 --idx " + out + " --checkpoint " + checkpoint, words);
    expect_kept(checkpoint, "dcgan export --format safetensors --out " + out + " --checkpoint " + checkpoint, words);
  }
  fs::copy_file(folder / checkpoint, folder / "c.png");
  for (const char* command : {"sample --count 1", "interpolate --rows 1 --steps 2"})
    expect_kept("c.png", fmt::format("dcgan {} --checkpoint c.png --out c.png", command), {"--out", "--checkpoint"});
}

TEST_F(Outputs, AReportReplacesNothingElseOfItsRun) {
  for (const char* name : {"checkpoint.safetensors", "config.json", "log.csv", "samples.png", "samples/epoch_0001.png"})
    expect_kept(std::string("run/") + name, std::string("dcgan report run --out run/") + name,
                {name, "a file of run", "--out"});
  EXPECT_EQ(tool("dcgan report run --out run/report.html").exit_code, 0) << "a page is made anew";
  EXPECT_EQ(tool("dcgan report run --out run/other.html").exit_code, 0);
}

TEST_F(Outputs, AJudgeReplacesNoData) {
  for (const auto& entry : fs::directory_iterator(folder / "data"))
    expect_kept("data/" + entry.path().filename().string(),
                "mnist train --data data --epochs 1 --quiet --out data/" + entry.path().filename().string(),
                {"--out", "a file of data"});
}

TEST_F(Outputs, APictureIsNotReplacedByWhatIsMadeOfIt) {
  fs::create_directories(folder / "page");
  write_png(folder / "page/original.png", Tensor::zeros({40, 40}, DType::u8));
  const std::string command = "tconv upsample --steps 1 --image page/original.png --out page";
  expect_kept("page/original.png", command, {"page/original.png", "would replace", "--image"});
  const std::string link = "<link rel=\"icon\" href=\"data:,\">\n<meta name=\"pictures\" content=\"original.png\">\n";
  write_bytes(folder / "page/index.html", link);  // also where an earlier page had a picture of that name
  expect_kept("page/original.png", command, {"would replace"});
}

TEST_F(Outputs, TwoAreTwoFiles) {
  const std::string of = " --checkpoint run/checkpoint.safetensors ";
  expect_rejected(tool("dcgan sample --count 1 --out a.png --idx ./a.png" + of), {"--out and --idx", "two files"});
  expect_rejected(tool("dcgan interpolate --rows 1 --steps 2 --out a --gif a" + of), {"--out and --gif", "two files"});
  EXPECT_FALSE(fs::exists(folder / "a.png") || fs::exists(folder / "a"));
  EXPECT_EQ(tool("dcgan sample --count 1 --out /dev/null --idx /dev/null" + of).exit_code, 0) << "no files";
}

// Of two pages in one folder each would take the other's pictures for its own.
TEST_F(Outputs, APageReplacesOnlyThePicturesThatOneNames) {
  const std::string explain = "tconv explain --input 2 --kernel 2 --out ";
  ASSERT_EQ(tool("dcgan features --checkpoint run/checkpoint.safetensors --out page").exit_code, 0);
  write_bytes(folder / "page/input.png", "my own");
  expect_kept("page/input.png", explain + "page", {"page/input.png", "--out"});
  fs::remove(folder / "page/input.png");
  EXPECT_EQ(tool(explain + "page").exit_code, 0) << "where nothing of its own is in the way";
  EXPECT_EQ(tool(explain + "page").exit_code, 0);
}

TEST_F(Outputs, AFileBeyondTheLimitIsAnErrorThatLeavesNothing) {
  for (const char* command : {"sample --count 64 --out big.png", "export --format safetensors --out big.st"}) {
    const Outcome outcome = run(folder, fmt::format("dcgan {} --checkpoint run/checkpoint.safetensors", command),
                                "cd " + folder.path() + "; ulimit -f 1; ");
    expect_rejected(outcome, {"big", "File too large"});
    for (const std::string& name : folder.names()) EXPECT_THAT(name, ::testing::Not(::testing::StartsWith("big")));
  }
}

TEST_F(Outputs, VeryManyMinutesAreVeryManySteps) {
  const std::string command = WISP_BIN_DIR "/dcgan train --minutes 1e16 --out long --data data" + tiny;
  const std::string line = "cd " + folder.path() + " && { " + command +
                           " 2>err.txt & } && for i in $(seq 600); do test -s long/config.json && break; sleep 0.1; "
                           "done; kill $!; wait $!";
  std::system(line.c_str());
  EXPECT_THAT(read_bytes(folder / "long/config.json"), ::testing::HasSubstr("\"steps\": 1000000000"));
}

}  // namespace
}  // namespace wisp::testing
