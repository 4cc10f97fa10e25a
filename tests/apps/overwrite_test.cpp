// dcgan train does not replace a run unless it is told to, and finds a free name where none is given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/apps/tiny_data.h>
#include <wisp/io/safetensors.h>

namespace wisp::testing {
namespace {

namespace fs = std::filesystem;

class Overwrite : public ::testing::Test {
 protected:
  Overwrite() { write_tiny_data(data); }

  Outcome train(const std::string& options, const std::string& before = "") const {
    return run(folder, command + options, "cd " + folder.path() + "; " + before);
  }
  bool is_whole(const std::string& name) const {
    return fs::exists(folder / (name + "/report.html")) && fs::exists(folder / (name + "/checkpoint.safetensors"));
  }
  std::string step() const { return read_safetensors(folder / "run/checkpoint.safetensors").metadata.at("step.value"); }

  TemporaryFolder folder;
  const std::string data = folder / "data", command = "dcgan train --data " + data + tiny + " ";
};

TEST_F(Overwrite, ARunIsKept) {
  ASSERT_EQ(train("--steps 2 --out run").exit_code, 0);
  const std::string before = read_bytes(folder / "run/checkpoint.safetensors");
  for (const char* out : {"run", "run/", "./run"})
    expect_rejected(train(std::string("--steps 3 --out ") + out),
                    {"checkpoint.safetensors", std::string("--resume ") + out, "--overwrite", "--out"});
  EXPECT_TRUE(read_bytes(folder / "run/checkpoint.safetensors") == before);
}

TEST_F(Overwrite, AnyOfItsFilesCounts) {
  for (const char* name : {"checkpoint.safetensors", "config.json", "log.csv", "samples.png", "report.html",
                           "samples/epoch_0007.png", "checkpoints/step_000000005.safetensors"}) {
    fs::create_directories(fs::path(folder / "run/" + name).parent_path());
    write_bytes(folder / "run/" + name, "somebody's");
    expect_rejected(train("--steps 1 --out run"), {std::string("run/") + name, "--overwrite"});
    EXPECT_EQ(read_bytes(folder / "run/" + name), "somebody's");
    fs::remove_all(folder / "run");
  }
  fs::create_directories(folder / "run");
  write_bytes(folder / "run/notes.txt", "about it");
  EXPECT_EQ(train("--steps 1 --out run").exit_code, 0) << "what is not a run's is not touched";
  EXPECT_EQ(read_bytes(folder / "run/notes.txt"), "about it");
}

TEST_F(Overwrite, IsAskedFor) {
  ASSERT_EQ(train("--steps 2 --keep 2 --out run").exit_code, 0);
  ASSERT_EQ(train("--steps 1 --overwrite --out run").exit_code, 0);
  EXPECT_EQ(step(), "1");
  EXPECT_FALSE(fs::exists(folder / "run/checkpoints/step_000000002.safetensors"));
  ASSERT_EQ(train("--steps 1 --overwrite --out new").exit_code, 0) << "of nothing";
  expect_rejected(train("--steps 3 --overwrite --resume run"), {"--overwrite", "--resume"});
  expect_rejected(train("--steps 3 --overwrite"), {"--overwrite", "--out"});
  EXPECT_EQ(step(), "1");
}

TEST_F(Overwrite, WithoutANameAFreeOneIsTaken) {
  const Outcome first = train("--steps 1");
  EXPECT_EQ(first.exit_code, 0);
  EXPECT_EQ(first.err, "the run's folder is runs/dcgan\n") << "also with --quiet";
  const std::string before = read_bytes(folder / "runs/dcgan/checkpoint.safetensors");
  const Outcome second = train("--steps 2");
  EXPECT_EQ(second.err, "the run's folder is runs/dcgan-2\n");
  fs::create_directories(folder / "runs/dcgan-3");
  EXPECT_EQ(train("--steps 2").err, "the run's folder is runs/dcgan-4\n") << "somebody has that";
  EXPECT_TRUE(read_bytes(folder / "runs/dcgan/checkpoint.safetensors") == before);
  EXPECT_TRUE(is_whole("runs/dcgan-2") && is_whole("runs/dcgan-4"));
}

TEST_F(Overwrite, ProgramsStartedAtOnceGetFoldersOfTheirOwn) {
  const std::string other = WISP_BIN_DIR "/" + command + "--steps 2 & ";
  EXPECT_EQ(train("--steps 2; wait", other + other).exit_code, 0);
  EXPECT_TRUE(is_whole("runs/dcgan") && is_whole("runs/dcgan-2") && is_whole("runs/dcgan-3"));
}

TEST_F(Overwrite, NothingIsLeftOfARunThatCannotBegin) {
  expect_rejected(train("--steps 1 --batch 41"), {"41"});
  EXPECT_FALSE(fs::exists(folder / "runs"));
  write_bytes(folder / "runs", "a file");
  expect_rejected(train("--steps 1"), {"runs"});
  fs::remove(folder / "runs");
  const std::string full_disk = "trap '' XFSZ; ulimit -f 8;";
  EXPECT_EQ(train("--steps 1", full_disk).exit_code, 2);
  EXPECT_FALSE(fs::exists(folder / "runs"));
  fs::create_directories(folder / "mine");
  write_bytes(folder / "mine/notes.txt", "mine");
  expect_rejected(train("--steps 1 --out mine", full_disk), {"mine"});
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "mine"), fs::directory_iterator()), 1) << "the notes";
  EXPECT_EQ(train("--steps 1 --out mine").exit_code, 0);
}

}  // namespace
}  // namespace wisp::testing
