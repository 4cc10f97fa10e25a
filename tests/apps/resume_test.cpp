// dcgan train --resume: the same bits as training that was never stopped, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include <fcntl.h>
#include <sys/file.h>
#include <nlohmann/json.hpp>

#include <tests/apps/tiny_data.h>
#include <wisp/core/rng.h>
#include <wisp/io/safetensors.h>
#include <wisp/kernels/registry.h>

namespace wisp::testing {
namespace {

namespace fs = std::filesystem;

// 40 images in batches of 8: 5 steps an epoch.
class Resume : public ::testing::Test {
 protected:
  Resume() { write_tiny_data(data); }

  Outcome begin(const std::string& options, const std::string& name) {
    return run(folder, "dcgan train --data " + data + tiny + " --seed 3 --schedule constant " + options +
                           " --overwrite --out " + (folder / name));
  }
  Outcome resume(const std::string& options, const std::string& name = "run") {
    return run(folder, "dcgan train --quiet --resume " + (folder / name) + one + " " + options);
  }
  // log.csv without its columns of times.
  std::string log(const std::string& name) {
    std::istringstream stream(read_bytes(folder / (name + "/log.csv")));
    std::string text;
    for (std::string line; std::getline(stream, line); text += '\n') {
      std::istringstream columns(line);
      int column = 0;
      for (std::string value; std::getline(columns, value, ','); ++column)
        if (column != 3 && column != 9) text += value + ",";
    }
    return text;
  }
  std::map<std::string, std::string> samples(const std::string& name) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder / (name + "/samples")))
      files[entry.path().filename()] = read_bytes(entry.path());
    files["samples.png"] = read_bytes(folder / (name + "/samples.png"));
    return files;
  }
  std::string checkpoint(const std::string& name) { return read_bytes(folder / (name + "/checkpoint.safetensors")); }

  void expect_same_run(const std::string& a, const std::string& b) {
    EXPECT_TRUE(checkpoint(a) == checkpoint(b)) << a << " " << b;
    EXPECT_EQ(log(a), log(b));
    EXPECT_TRUE(samples(a) == samples(b));
  }

  // Stops at `at` of `steps` and goes on.
  void expect_resumes(const std::string& options, int at, int steps = 23) {
    SCOPED_TRACE(options + " at " + std::to_string(at));
    ASSERT_EQ(begin(options + " --steps " + std::to_string(steps), "straight").exit_code, 0);
    ASSERT_EQ(begin(options + " --steps " + std::to_string(at), "run").exit_code, 0);
    const Outcome outcome = resume("--steps " + std::to_string(steps));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    expect_same_run("straight", "run");
  }

  TemporaryFolder folder;
  const std::string data = folder / "data";
  const std::string one = " --threads 1";  // networks this small gain nothing from a second one
  // Before the end, where most of the time would go.
  const std::string rarely = " --sample-every 20 --checkpoint-every 20";
};

TEST_F(Resume, GoesOnToTheSameBitsFromAnyStep) {
  Rng rng(11);
  for (int i = 0; i < 5; ++i) expect_resumes("", static_cast<int>(1 + rng.integer(22)));
}

class SlowResume : public Resume {};

TEST_F(SlowResume, WithEveryBackendAndPrecision) {
  for (const std::string backend : {"native", "auto", "onednn"})
    for (const std::string precision : {"f32", "bf16"})
      if (backend != "onednn" || kernels::has_onednn)
        expect_resumes("--backend " + backend + " --precision " + precision + rarely, 8);
}

TEST_F(SlowResume, WithEveryPartOfTheRecipe) {
  expect_resumes("--ema 0" + rarely, 7);
  expect_resumes("--loss wgan-gp --norm group --beta1 0 --clip-grad-norm 0.5 --warmup 4" + rarely, 7);
  expect_resumes("--loss hinge --norm spectral" + rarely, 7);
  expect_resumes("--generator-blocks 2 --discriminator-blocks 1" + rarely, 7);
  expect_resumes("--loss wgan-gp --norm spectral --image-size 32" + rarely, 3, 12);
  expect_resumes("--loss r3gan --lr-g 0.01 --lr-d 0.001 --beta2 0.9" + rarely, 12);
  expect_resumes("--loss least-squares --label-smoothing 0.1 --image-size 32" + rarely, 3, 12);
}

TEST_F(Resume, SchedulesGoOnWhereTheyWere) {
  for (const std::string schedule : {"linear", "cosine"}) {
    const std::string options = "--steps 20 --warmup 3 --lr 0.01 --schedule " + schedule;
    ASSERT_EQ(begin(options, "straight").exit_code, 0);
    ASSERT_EQ(begin(options + " --checkpoint-every 7 --keep 9", "run").exit_code, 0);
    // As if the run had been killed after step 15.
    fs::copy_file(folder / "run/checkpoints/step_000000014.safetensors", folder / "run/checkpoint.safetensors",
                  fs::copy_options::overwrite_existing);
    ASSERT_EQ(resume("").exit_code, 0);
    expect_same_run("straight", "run");
    expect_rejected(resume("--steps 30"), {schedule, "20", "30"});
  }
}

TEST_F(Resume, CutsLogAndSamplesBackToTheCheckpoint) {
  ASSERT_EQ(begin("--epochs 4", "straight").exit_code, 0);
  ASSERT_EQ(begin("--epochs 4 --checkpoint-every 6 --keep 3", "run").exit_code, 0);
  std::vector<std::string> kept;
  for (const auto& entry : fs::directory_iterator(folder / "run/checkpoints")) kept.push_back(entry.path().filename());
  EXPECT_THAT(kept, ::testing::UnorderedElementsAre("step_000000012.safetensors", "step_000000018.safetensors",
                                                    "step_000000020.safetensors"));
  fs::copy_file(folder / "run/checkpoints/step_000000012.safetensors", folder / "run/checkpoint.safetensors",
                fs::copy_options::overwrite_existing);
  write_bytes(folder / "run/log.csv", read_bytes(folder / "run/log.csv") + "21,5,16");  // killed in mid-line
  ASSERT_EQ(resume("").exit_code, 0);
  expect_same_run("straight", "run");
}

TEST_F(Resume, WhatIsDoneStaysDone) {
  ASSERT_EQ(begin("--steps 7", "run").exit_code, 0);
  const std::string before = checkpoint("run"), log_before = log("run");
  const auto samples_before = samples("run");
  const Outcome outcome = resume("");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(checkpoint("run") == before);
  EXPECT_EQ(log("run"), log_before);
  EXPECT_TRUE(samples("run") == samples_before);
  expect_rejected(resume("--steps 6"), {"7", "6"});
}

TEST_F(Resume, EpochsGrow) {
  ASSERT_EQ(begin("--epochs 3", "straight").exit_code, 0);
  ASSERT_EQ(begin("--epochs 2", "run").exit_code, 0);
  ASSERT_EQ(resume("--epochs 3").exit_code, 0);
  expect_same_run("straight", "run");
  ASSERT_EQ(resume("--minutes 0.001").exit_code, 0);
}

TEST_F(Resume, MinutesBecomeSteps) {
  const std::string never = " --checkpoint-every 1000000 --sample-every 1000000";
  ASSERT_EQ(begin("--minutes 0.005" + never, "run").exit_code, 0);
  const std::string steps = read_safetensors(folder / "run/checkpoint.safetensors").metadata.at("own.steps");
  ASSERT_EQ(begin("--steps " + steps + never, "straight").exit_code, 0);
  expect_same_run("straight", "run");
}

TEST_F(Resume, HoldsNoTimesPathsOrThreads) {
  ASSERT_EQ(begin("--steps 4 --threads 1", "run").exit_code, 0);
  const auto metadata = read_safetensors(folder / "run/checkpoint.safetensors").metadata;
  for (const auto& [name, value] : metadata) {
    EXPECT_EQ(value.find('/'), std::string::npos) << name;
    EXPECT_THAT(name, ::testing::Not(::testing::AnyOf("own.threads", "own.seconds", "own.out", "own.minutes")));
  }
  EXPECT_EQ(metadata.at("step.value"), "4");
}

TEST_F(Resume, RefusesWhatChangesTheResult) {
  ASSERT_EQ(begin("--model classic --steps 4 --backend native --precision f32", "run").exit_code, 0);
  const std::string before = checkpoint("run"), log_before = log("run");
  expect_rejected(resume("--lr 0.5"), {"--lr-", "0.5", "0.0002"});
  expect_rejected(resume("--lr-d 0.5"), {"--lr-d", "0.5", "0.0002"});
  expect_rejected(resume("--batch 4"), {"--batch", "4", "8"});
  expect_rejected(resume("--loss hinge"), {"--loss", "hinge", "bce"});
  expect_rejected(resume("--seed 4"), {"--seed", "4", "3"});
  expect_rejected(resume("--precision bf16"), {"--precision", "bf16", "f32"});
  expect_rejected(resume("--backend auto"), {"--backend", "auto", "native"});
  expect_rejected(resume("--norm none"), {"--norm", "none", "batch"});
  expect_rejected(run(folder, "dcgan train --resume " + (folder / "run"), "WISP_CONV=im2col"), {"im2col", "auto"});
  write_tiny_data(folder / "other", 48);
  expect_rejected(resume("--data " + (folder / "other")), {"other", "checksum"});
  expect_rejected(resume("--out elsewhere"), {"--out", "--resume"});
  expect_rejected(resume("--model classic"), {"--model", "--resume"});
  EXPECT_TRUE(checkpoint("run") == before);
  EXPECT_EQ(log("run"), log_before);
  // The same values again are no change, and the batch size is not asked for.
  EXPECT_EQ(resume("--steps 6 --lr 0.0002 --seed 3 --backend native").exit_code, 0);
}

// Also where the default recipe would not go with them.
TEST_F(Resume, TheSameOptionsAgainAreNoChange) {
  const std::string options = " --image-size 64 --model classic --norm batch";
  ASSERT_EQ(begin(options + " --steps 1", "run").exit_code, 0);
  EXPECT_EQ(resume("--steps 2 --image-size 64 --norm batch --batch 8").exit_code, 0);
  ASSERT_EQ(begin("--loss wgan-gp --penalty 3 --steps 1", "run").exit_code, 0);
  EXPECT_EQ(resume("--steps 2 --penalty 3").exit_code, 0);
  expect_rejected(resume("--steps 3 --penalty 4"), {"--penalty", "4", "3"});
}

TEST_F(Resume, BadFolders) {
  expect_rejected(run(folder, "dcgan train --resume ''"), {"--resume", "\"\""});
  expect_rejected(resume("", "nowhere"), {"--resume", "nowhere"});
  fs::create_directories(folder / "empty");
  expect_rejected(resume("", "empty"), {"empty/checkpoint.safetensors"});
  write_bytes(folder / "file", "");
  expect_rejected(resume("", "file"), {"--resume", "file"});
}

TEST_F(Resume, BadCheckpoints) {
  ASSERT_EQ(begin("--norm batch --steps 4", "run").exit_code, 0);
  const std::string path = folder / "run/checkpoint.safetensors";
  const Safetensors good = read_safetensors(path);
  const auto expect_refused = [&](const Safetensors& bad, std::initializer_list<std::string> words) {
    write_safetensors(path, bad);
    const std::string before = read_bytes(path);
    expect_rejected(resume("--steps 9"), words);
    EXPECT_TRUE(read_bytes(path) == before);
  };
  Safetensors bad = good;
  bad.metadata["own.format_version"] = "5";
  expect_refused(bad, {"checkpoint.safetensors", "newer version", "format 5"});
  bad = good;
  bad.metadata.erase("noise.position");
  expect_refused(bad, {"noise", "position"});
  bad = good;
  bad.metadata["own.base_channels"] = "1024";  // must not be believed: the networks would take gigabytes
  expect_refused(bad, {"generator.0.weight", "4x8x4x4", "4x4096x4x4"});
  bad = good;
  bad.metadata["own.generator_blocks"] = "100";
  bad.metadata["own.image_size"] = "128";
  bad.metadata["own.base_channels"] = "2";
  expect_refused(bad, {"generator.0.weight"});
  bad = good;
  bad.metadata["own.generator_blocks"] = "100";
  expect_refused(bad, {"checkpoint.safetensors", "generator"});
  bad = good;
  bad.metadata["own.norm"] = "none";
  expect_refused(bad, {"discriminator", "weight"});
  bad = good;
  bad.metadata["own.norm"] = "spectral";
  expect_refused(bad, {"discriminator.0.parametrizations.weight.original is missing"});
  bad = good;
  bad.metadata["step.value"] = "four";
  expect_refused(bad, {"step", "four"});
  bad = good;
  bad.metadata["own.lr_g"] = "nan";
  expect_refused(bad, {"--lr-g", "nan"});
  bad = good;
  bad.tensors.erase("discriminator_optimizer.0.exp_avg");
  expect_refused(bad, {"Adam", "exp_avg"});
  bad = good;
  bad.tensors["generator.0.weight"] = Tensor::zeros({2, 2});
  expect_refused(bad, {"0.weight", "2x2"});
  bad = good;
  bad.tensors["surplus"] = Tensor::zeros({2, 2});
  expect_refused(bad, {"surplus"});
  write_safetensors(path, good);
  write_bytes(folder / "run/config.json", "{");
  expect_rejected(resume(""), {"config.json", "JSON"});
  write_bytes(folder / "run/config.json", "{\"keep\": \"many\"}");
  expect_rejected(resume(""), {"config.json", "keep", "many"});
  for (const std::string& deep : {std::string(100'000, '['), "{\"keep\": " + std::string(100'000, '[') + "}",
                                  "{\"x\": " + std::string(20'000, '[') + std::string(20'000, ']') + "}"}) {
    write_bytes(folder / "run/config.json", deep);
    expect_rejected(resume(""), {"config.json", "nested deeper than 16 levels"});
  }
  for (const auto& [name, value] : std::map<std::string, std::string>{{"keep", "[1]"},
                                                                      {"sample_every", "\"1\""},
                                                                      {"sample_every", "1.5"},
                                                                      {"evaluate_every", "9223372036854775808"},
                                                                      {"until_fid", "\"0\""},
                                                                      {"data", "[\"a\"]"},
                                                                      {"judge", "7"},
                                                                      {"on_alarm", "null"}}) {
    write_bytes(folder / "run/config.json", "{\"" + name + "\": " + value + "}");
    expect_rejected(resume(""), {"config.json", name, value});
  }
  write_bytes(folder / "run/config.json", "{\"keep\": 1, \"keep\": 2}");
  expect_rejected(resume(""), {"config.json", "\"keep\" appears twice"});
  write_bytes(folder / "run/config.json", "{\"keep\": " + std::string(2'000'000, ' ') + "1}");
  expect_rejected(resume(""), {"config.json", "at most 1048576 are read"});
  fs::remove(folder / "run/config.json");
  EXPECT_EQ(resume("--steps 9 --data " + data).exit_code, 0) << "the settings have defaults";
}

TEST_F(Resume, OneProgramAtATime) {
  ASSERT_EQ(begin("--steps 4", "run").exit_code, 0);
  const int file = open((folder / "run/lock").c_str(), O_RDWR);
  ASSERT_GE(file, 0);
  ASSERT_EQ(flock(file, LOCK_EX | LOCK_NB), 0);
  const std::string before = checkpoint("run"), holder = read_bytes(folder / "run/lock");
  EXPECT_TRUE(holder.starts_with("process ")) << holder;
  expect_rejected(resume("--steps 9"), {"run", "in use by " + holder});
  expect_rejected(begin("--steps 9", "run"), {"run", "in use by " + holder});
  EXPECT_TRUE(checkpoint("run") == before);
  close(file);
  EXPECT_EQ(resume("--steps 9").exit_code, 0);
}

TEST_F(Resume, AFullDiskLosesNothing) {
  ASSERT_EQ(begin("--steps 4", "run").exit_code, 0);
  const std::string before = checkpoint("run");
  // No file may grow beyond 4 KB: neither samples nor checkpoint fit.
  expect_rejected(
      run(folder, "dcgan train --quiet --steps 9 --resume " + (folder / "run"), "ulimit -f 8; trap '' XFSZ;"),
      {"run/", "cannot write"});
  EXPECT_TRUE(checkpoint("run") == before);
  EXPECT_EQ(resume("--steps 9").exit_code, 0);
}

TEST_F(Resume, DirectoriesInPlaceOfFiles) {
  for (const char* name : {"log.csv", "checkpoint.safetensors", "config.json", "samples.png", "lock"}) {
    fs::create_directories(folder / (std::string("run/") + name));
    expect_rejected(begin("--steps 4", "run"), {std::string("run/") + name});
    fs::remove_all(folder / "run");
  }
}

}  // namespace
}  // namespace wisp::testing
