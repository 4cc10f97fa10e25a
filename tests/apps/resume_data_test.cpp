// dcgan train --resume and the data: told from others by all that decides, and found from any folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <tests/apps/tiny_data.h>
#include <wisp/io/safetensors.h>

namespace wisp::testing {
namespace {

namespace fs = std::filesystem;

class ResumeData : public ::testing::Test {
 protected:
  ResumeData() {
    write_tiny_data(data);
    write_labels({0, 1, 2});
  }

  // The labels of the 40 images, these in turns.
  void write_labels(const std::vector<std::uint8_t>& turns) const {
    std::vector<std::uint8_t> labels;
    for (std::size_t i = 0; i < 40; ++i) labels.push_back(turns[i % turns.size()]);
    write_idx(data + "/train-labels-idx1-ubyte", Tensor::from({40}, labels));
  }
  void write_shape(std::int64_t height, std::int64_t width) const {
    const std::string path = data + "/train-images-idx3-ubyte";
    write_idx(path, read_idx(path).reshape({40, height, width}));
  }
  Outcome begin(const std::string& options, const std::string& from = "/") const {
    return run(folder, "dcgan train --steps 2 --schedule constant --overwrite" + tiny + " --out " + out + " " + options,
               "cd " + from + " &&");
  }
  Outcome resume(const std::string& options = "", const std::string& from = "/") const {
    return run(folder, "dcgan train --quiet --threads 1 --resume " + out + " " + options, "cd " + from + " &&");
  }
  nlohmann::json config() const { return nlohmann::json::parse(read_bytes(out + "/config.json")); }
  void forget(std::initializer_list<const char*> names) const {
    nlohmann::json changed = config();
    for (const char* name : names) changed.erase(name);
    write_bytes(out + "/config.json", changed.dump());
  }

  TemporaryFolder folder;
  const std::string data = folder / "data", out = folder / "run", checkpoint = out + "/checkpoint.safetensors";
};

TEST_F(ResumeData, LabelsThatWereExchanged) {
  ASSERT_EQ(begin("--conditional --data " + data).exit_code, 0);
  const std::string before = read_bytes(checkpoint);
  for (const std::vector<std::uint8_t>& labels : {std::vector<std::uint8_t>{1, 0, 2}, {0, 1, 2, 3}, {4, 5, 6}}) {
    write_labels(labels);
    expect_rejected(resume("--steps 3"), {data, "labels", "checksum"});
  }
  fs::remove(data + "/train-labels-idx1-ubyte");
  expect_rejected(resume("--steps 3"), {data, "labels"});
  EXPECT_TRUE(read_bytes(checkpoint) == before);
  write_labels({0, 1, 2});
  EXPECT_EQ(resume("--steps 3").exit_code, 0);
}

TEST_F(ResumeData, LabelsThatNobodyLooksAt) {
  ASSERT_EQ(begin("--data " + data).exit_code, 0);
  write_labels({1, 0, 2});
  EXPECT_EQ(resume("--steps 3").exit_code, 0);
  fs::remove(data + "/train-labels-idx1-ubyte");
  EXPECT_EQ(resume("--steps 4").exit_code, 0);
}

TEST_F(ResumeData, TheSameBytesAsImagesOfAnotherShape) {
  for (const char* options : {"", "--conditional "}) {
    ASSERT_EQ(begin(options + ("--data " + data)).exit_code, 0);
    write_shape(14, 56);
    expect_rejected(resume("--steps 3"), {data, "not those"});
    write_shape(28, 28);
    EXPECT_EQ(resume("--steps 3").exit_code, 0);
  }
}

// Their checksum was the CRC-32 of the pixels alone.
TEST_F(ResumeData, OldCheckpointsGoOnAndAreHeldToMoreFromThenOn) {
  ASSERT_EQ(begin("--conditional --data " + data).exit_code, 0);
  Safetensors file = read_safetensors(checkpoint);
  std::string& sum = file.metadata.at("own.data_checksum");
  const std::string whole = sum;
  sum = sum.substr(0, 8);
  write_safetensors(checkpoint, file);
  write_tiny_data(folder / "other", 48);
  expect_rejected(resume("--data " + (folder / "other")), {"other", "checksum"});
  const Outcome outcome = resume("--steps 3");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(read_safetensors(checkpoint).metadata.at("own.data_checksum"), whole);
  write_labels({1, 0, 2});
  expect_rejected(resume("--steps 4"), {"labels"});
}

TEST_F(ResumeData, OldCheckpointsWithClassesThatHadNoImages) {
  ASSERT_EQ(begin("--conditional --data " + data).exit_code, 0);
  Safetensors file = read_safetensors(checkpoint);
  file.metadata.at("own.data_checksum").resize(8);
  write_safetensors(checkpoint, file);
  write_labels({0, 2});  // were three classes, are two
  expect_rejected(resume("--steps 3"), {"3 classes", "are 2"});
}

TEST_F(ResumeData, IsFoundFromAnyFolder) {
  ASSERT_EQ(begin("--data data", folder.path()).exit_code, 0);
  for (const char* steps : {"3", "4"}) {  // also by a run that has been resumed elsewhere
    const Outcome outcome = resume(std::string("--steps ") + steps);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  EXPECT_EQ(config().at("data"), "data") << "as it was given, for people";
  EXPECT_EQ(config().at("data_path"), data);
  // The page, too, finds them, and shows what was given.
  ASSERT_EQ(run(folder, "dcgan report " + out, "cd / &&").exit_code, 0);
  const std::string page = read_bytes(out + "/report.html");
  EXPECT_THAT(page, ::testing::HasSubstr("--data data "));
  EXPECT_THAT(page, ::testing::HasSubstr("\"pairs\""));
  EXPECT_THAT(page, ::testing::Not(::testing::HasSubstr(folder.path())));
}

TEST_F(ResumeData, ThatMovedIsNamedAnew) {
  ASSERT_EQ(begin("--data data", folder.path()).exit_code, 0);
  fs::rename(data, folder / "moved");
  expect_rejected(resume("--steps 3"), {out, data, "--data"});
  const Outcome outcome = resume("--steps 3 --data moved", folder.path());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(resume("--steps 4").exit_code, 0);
  // Run and data moved together: from the folder where the name means them again.
  forget({"data_path"});
  EXPECT_EQ(resume("--steps 5", folder.path()).exit_code, 0);
}

TEST_F(ResumeData, OfOldRunsIsLookedForFromHere) {
  ASSERT_EQ(begin("--data data", folder.path()).exit_code, 0);
  forget({"data_path", "judge_path", "judge_checksum", "reference_checksum"});
  expect_rejected(resume("--steps 3"), {out, "at /data", "--data"});
  EXPECT_EQ(resume("--steps 3", folder.path()).exit_code, 0);
  EXPECT_EQ(resume("--steps 4").exit_code, 0) << "the path is known from then on";
}

}  // namespace
}  // namespace wisp::testing
