// mnist train and mnist test as a user runs them, and the judge that comes with Wisp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include <nlohmann/json.hpp>

#include <apps/common/judge_file.h>
#include <wisp/data/dataset.h>
#include <wisp/data/idx.h>
#include <wisp/io/checksum.h>
#include <wisp/io/safetensors.h>

#include <tests/apps/program.h>
#include <tests/apps/tiny_data.h>

namespace wisp::testing {
namespace {

using ::testing::HasSubstr;

const std::string mnist = WISP_SOURCE_DIR "/data/mnist", shipped = WISP_SOURCE_DIR "/data/judge/mnist.safetensors";

// The first images of MNIST, with their labels.
void write_some_digits(const std::string& folder) {
  std::filesystem::create_directories(folder);
  for (const auto& [split, name, count] : {std::tuple{Split::train, "train", 400}, {Split::test, "t10k", 100}}) {
    const ImageDataset all = load_idx_folder(mnist, split);
    write_idx(folder + "/" + name + "-images-idx3-ubyte", all.images.narrow(0, 0, count).reshape({count, 28, 28}));
    write_idx(folder + "/" + name + "-labels-idx1-ubyte", all.labels.narrow(0, 0, count));
  }
}

class Mnist : public ::testing::Test {
 protected:
  Mnist() { write_some_digits(data); }
  Outcome mnist_program(const std::string& arguments) { return run(folder, "mnist " + arguments, "OMP_NUM_THREADS=1"); }
  Outcome train(const std::string& name, const std::string& options = "") {
    return mnist_program("train --quiet --batch 20 --epochs 3 --data " + data + " --out " + (folder / name) + " " +
                         options);
  }
  TemporaryFolder folder;
  std::string data = folder / "data";
};

TEST_F(Mnist, TrainsAJudgeThatReads) {
  const Outcome trained = train("judge.safetensors");
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_EQ(trained.err, "");
  EXPECT_THAT(trained.out, HasSubstr("of the 100 test images are read right"));
  const Outcome tested = mnist_program("test --json --data " + data + " --judge " + (folder / "judge.safetensors"));
  ASSERT_EQ(tested.exit_code, 0) << tested.err;
  const nlohmann::json json = nlohmann::json::parse(tested.out);
  EXPECT_EQ(json["count"], 100);
  EXPECT_GT(json["accuracy"], 0.7);
  EXPECT_EQ(json["right"], std::llround(100 * json["accuracy"].get<double>()));
  EXPECT_THAT(trained.out, HasSubstr(fmt::format("{:.2f} %", 100 * json["accuracy"].get<double>())));
}

TEST_F(Mnist, TheSameSeedGivesTheSameBytesAndAnotherOneOthers) {
  ASSERT_EQ(train("a.safetensors", "--epochs 1 --backend native").exit_code, 0);
  ASSERT_EQ(train("b.safetensors", "--epochs 1 --backend native --threads 2").exit_code, 0);
  ASSERT_EQ(train("c.safetensors", "--epochs 1 --backend native --seed 2").exit_code, 0);
  EXPECT_EQ(read_bytes(folder / "a.safetensors"), read_bytes(folder / "b.safetensors"));
  EXPECT_NE(read_bytes(folder / "a.safetensors"), read_bytes(folder / "c.safetensors"));
}

TEST_F(Mnist, ReplacesAJudgeOnlyByName) {
  const std::string here = "cd " + folder.path() + " && OMP_NUM_THREADS=1",
                    train = "mnist train --quiet --epochs 1 --data ";
  write_bytes(folder / "judge.safetensors", "somebody's");
  expect_rejected(run(folder, train + data, here), {"judge.safetensors", "--out"});
  EXPECT_EQ(read_bytes(folder / "judge.safetensors"), "somebody's");
  ASSERT_EQ(run(folder, train + data + " --out judge.safetensors", here).exit_code, 0);
  EXPECT_EQ(apps::load_judge(folder / "judge.safetensors").classes, 10);
}

// Training and test images are numbered by the training labels.
TEST_F(Mnist, LabelsWithGaps) {
  const auto relabel = [&](const std::string& name, std::uint8_t from, std::uint8_t to) {
    const std::string path = data + "/" + name + "-labels-idx1-ubyte";
    std::vector<std::uint8_t> labels = read_idx(path).values<std::uint8_t>();
    std::replace(labels.begin(), labels.end(), from, to);
    write_idx(path, Tensor::from({static_cast<std::int64_t>(labels.size())}, labels));
  };
  ASSERT_EQ(train("plain").exit_code, 0);
  for (const char* name : {"train", "t10k"})
    for (std::uint8_t label = 10; label-- > 0;) relabel(name, label, static_cast<std::uint8_t>(label + 1));
  const Outcome shifted = train("shifted");
  EXPECT_EQ(shifted.exit_code, 0);
  EXPECT_THAT(shifted.err, HasSubstr("labels 1 to 10 are classes 0 to 9"));
  EXPECT_EQ(apps::load_judge(folder / "shifted").classes, 10);
  EXPECT_EQ(apps::load_judge(folder / "shifted").checksum, apps::load_judge(folder / "plain").checksum);
  const Outcome tested = mnist_program("test --json --data " + data + " --judge " + (folder / "shifted"));
  EXPECT_GT(nlohmann::json::parse(tested.out)["accuracy"], 0.7);
  // A judge of before numbered its classes by the labels themselves.
  apps::LoadedJudge old = apps::load_judge(shipped);
  for (const char* name : {"train", "t10k"})
    for (std::uint8_t label = 1; label <= 10; ++label) relabel(name, label, static_cast<std::uint8_t>(label - 1));
  for (const char* name : {"train", "t10k"}) relabel(name, 0, 1);
  const Outcome by_old = mnist_program("test --json --data " + data);
  EXPECT_GT(nlohmann::json::parse(by_old.out)["accuracy"], 0.8) << "all but the zeros";
  // Test images of classes that training has not: nine classes, and these two.
  relabel("t10k", 5, 200);
  relabel("t10k", 6, 201);
  expect_rejected(mnist_program("test --data " + data + " --judge " + (folder / "plain")), {"11 classes", "knows 10"});
  ASSERT_EQ(train("both").exit_code, 0) << "knows the classes of both";
  EXPECT_EQ(mnist_program("test --data " + data + " --judge " + (folder / "both")).exit_code, 0);
}

TEST_F(Mnist, RefusesBadInput) {
  expect_rejected(train("x", "--epochs 0"), {"--epochs", "0"});
  expect_rejected(train("x", "--batch 1"), {"--batch", "1"});
  expect_rejected(train("x", "--lr nan"), {"--lr", "nan"});
  expect_rejected(train("x", "--lr 1e30"), {"--lr", "loss"});
  expect_rejected(train("x", "--seed -1"), {"--seed", "-1"});
  expect_rejected(mnist_program("train --quiet --epochs 1 --data " + data + " --out " + (folder / "no/folder")),
                  {"no/folder"});
  EXPECT_FALSE(std::filesystem::exists(folder / "x"));
  write_tiny_data(folder / "unlabelled");
  expect_rejected(mnist_program("train --data " + (folder / "unlabelled") + " --out " + (folder / "x")), {"labels"});
  expect_rejected(mnist_program("test --data " + data + " --judge " + (folder / "missing")), {"missing"});
  Safetensors file = read_safetensors(shipped);
  file.tensors.at("classifier.0.bias").mutable_data<float>()[2] = std::nanf("");
  write_safetensors(folder / "nan", file);
  expect_rejected(mnist_program("test --data " + data + " --judge " + (folder / "nan")), {"classifier.0.bias", "nan"});
  file.metadata["format_version"] = "99";
  write_safetensors(folder / "newer", file);
  expect_rejected(mnist_program("test --data " + data + " --judge " + (folder / "newer")), {"newer version", "99"});
}

TEST(ShippedJudge, ReadsThePublishedShareOfTheTestImages) {
  const TemporaryFolder folder;
  const Outcome tested = run(folder, "mnist test --json", "OMP_NUM_THREADS=1");
  ASSERT_EQ(tested.exit_code, 0) << tested.err;
  EXPECT_GE(nlohmann::json::parse(tested.out)["accuracy"], 0.993);
}

TEST(ShippedJudge, IsTheFileThatItsReadmeDescribes) {
  EXPECT_LE(std::filesystem::file_size(shipped), 1'000'000u);
  const apps::LoadedJudge judge = apps::load_judge(shipped);
  EXPECT_EQ(judge.classes, 10);
  EXPECT_TRUE(is_same_data(checksum(load_idx_folder(mnist, Split::train)), judge.data_checksum));
  EXPECT_THAT(read_bytes(WISP_SOURCE_DIR "/data/judge/README.md"), HasSubstr(judge.checksum));
}

TEST(SlowMnist, TheDefaultsReachTheShareThatTheReadmeClaims) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder, "mnist train --quiet --out " + (folder / "judge.safetensors")).exit_code, 0);
  const Outcome tested = run(folder, "mnist test --json --judge " + (folder / "judge.safetensors"));
  EXPECT_GE(nlohmann::json::parse(tested.out)["accuracy"], 0.993);
}

}  // namespace
}  // namespace wisp::testing
