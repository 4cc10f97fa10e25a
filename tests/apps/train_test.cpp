// dcgan train and sample as a user runs them: files, determinism, interruption.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <sstream>

#include <unistd.h>
#include <nlohmann/json.hpp>

#include <tests/apps/tiny_data.h>
#include <wisp/io/safetensors.h>

namespace wisp::testing {
namespace {

namespace fs = std::filesystem;

class Train : public ::testing::Test {
 protected:
  Train() { write_tiny_data(data); }

  Outcome train(const std::string& options) {
    return run(folder, "dcgan train --overwrite --data " + data + tiny + options);
  }

  TemporaryFolder folder;
  const std::string data = folder / "data", out = folder / "run";
};

std::vector<std::string> lines_of(const std::string& path) {
  std::istringstream stream(read_bytes(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Width and height from a PNG's header.
std::pair<int, int> png_size(const std::string& path) {
  const std::string bytes = read_bytes(path);
  EXPECT_TRUE(bytes.starts_with("\x89PNG"));
  const auto number = [&](std::size_t at) {
    int value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = value * 256 + static_cast<unsigned char>(bytes.at(i));
    return value;
  };
  return {number(16), number(20)};
}

TEST_F(Train, WritesTheRunFolder) {
  const Outcome outcome = train(" --epochs 2 --seed 9 --lr 0.05 --out " + out);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "") << "--quiet";

  const auto config = nlohmann::json::parse(read_bytes(out + "/config.json"));
  EXPECT_EQ(config.at("seed"), 9);
  EXPECT_EQ(config.at("epochs"), 2);
  EXPECT_EQ(config.at("batch"), 8);
  EXPECT_EQ(config.at("lr_g"), 0.05);
  EXPECT_EQ(config.at("lr_d"), 0.05);
  EXPECT_EQ(config.at("beta1"), 0);
  for (const char* key : {"version", "cpu", "threads", "data", "out", "latent", "base_channels", "image_size",
                          "channels", "sample_every"})
    EXPECT_TRUE(config.contains(key)) << key;

  const auto log = lines_of(out + "/log.csv");
  EXPECT_EQ(
      log.at(0),
      "step,epoch,images,seconds,d_loss_real,d_loss_fake,g_loss,d_real,d_fake,images_per_second,penalty,d_grad_norm,"
      "g_grad_norm,d_accuracy_real,d_accuracy_fake,spread,spread_real,fid,kid,is,digit_kl,precision,recall,density,"
      "coverage,confident,checkerboard");
  EXPECT_TRUE(log.back().starts_with("10,2,80,")) << log.back();  // 40 images, batch 8: 5 steps an epoch

  for (const char* grid : {"/samples.png", "/samples/epoch_0001.png", "/samples/epoch_0002.png"})
    EXPECT_EQ(png_size(out + grid), std::pair(8 * 30 + 2, 8 * 30 + 2)) << grid;
  EXPECT_TRUE(read_bytes(out + "/samples.png") == read_bytes(out + "/samples/epoch_0002.png"));
  EXPECT_FALSE(read_bytes(out + "/samples.png") == read_bytes(out + "/samples/epoch_0001.png"));
  EXPECT_TRUE(read_safetensors(out + "/checkpoint.safetensors").tensors.contains("generator.0.weight"));
}

TEST_F(Train, ComputesAsAsked) {
  std::string f32;
  for (const std::string precision : {"f32", "bf16"}) {
    const Outcome outcome =
        train(" --steps 3 --seed 2 --backend native --precision " + precision + " --out " + (folder / precision));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const auto config = nlohmann::json::parse(read_bytes(folder / (precision + "/config.json")));
    EXPECT_EQ(config.at("precision"), precision);
    EXPECT_EQ(config.at("backend"), "native");
    const Tensor weight =
        read_safetensors(folder / (precision + "/checkpoint.safetensors")).tensors.at("generator.0.weight");
    EXPECT_EQ(weight.dtype(), DType::f32) << "master weights";
    const std::string bytes = read_bytes(folder / (precision + "/checkpoint.safetensors"));
    EXPECT_NE(bytes, f32);
    f32 = bytes;
  }
}

TEST_F(Train, VerboseNamesEveryKernel) {
  const Outcome outcome =
      run(folder, "dcgan train --data " + data + tiny + " --steps 1 --backend native --out " + out, "WISP_VERBOSE=1");
  ASSERT_EQ(outcome.exit_code, 0);
  for (const char* part : {"conv2d_grad_weight f32 batch 8", "28->14 k4 s2 p1 d1", "native", "GFLOP/s", "batch_norm"})
    EXPECT_THAT(outcome.err, ::testing::HasSubstr(part));
}

TEST_F(Train, LogsAtLeastEvery50Steps) {
  write_tiny_data(data, 8 * 60);  // 60 steps an epoch
  ASSERT_EQ(train(" --steps 130 --out " + out).exit_code, 0);
  long previous = 0;
  const auto log = lines_of(out + "/log.csv");
  for (std::size_t i = 1; i < log.size(); ++i) {
    const long step = std::stol(log[i]);
    EXPECT_LE(step - previous, 50);
    previous = step;
  }
  EXPECT_EQ(previous, 130);
}

TEST_F(Train, SampleEveryAndStaleSamples) {
  ASSERT_EQ(train(" --epochs 3 --out " + out).exit_code, 0);
  ASSERT_EQ(train(" --epochs 3 --sample-every 2 --out " + out).exit_code, 0);
  EXPECT_FALSE(fs::exists(out + "/samples/epoch_0001.png")) << "left over from the run before";
  EXPECT_TRUE(fs::exists(out + "/samples/epoch_0002.png"));
  EXPECT_TRUE(fs::exists(out + "/samples/epoch_0003.png")) << "the last one is always drawn";
}

TEST_F(Train, MinutesEndTraining) {
  const Outcome outcome = train(" --minutes 0.001 --out " + out);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(fs::exists(out + "/checkpoint.safetensors"));
}

TEST_F(Train, OneLineAnEpochWithoutATerminal) {
  const Outcome outcome =
      run(folder, "dcgan train --data " + data +
                      " --base-channels 2 --latent 4 --batch 8 --epochs 2 --evaluate-every 0 --out " + out);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 3) << outcome.err;  // and one at the end
  EXPECT_EQ(outcome.err.find('\r'), std::string::npos);
}

TEST_F(Train, SaysWhyThereAreNoFigures) {
  const std::string small =
      "dcgan train --overwrite --data " + data + " --base-channels 2 --latent 4 --batch 8 --steps 1 --out " + out;
  const Outcome noted = run(folder, small);
  ASSERT_EQ(noted.exit_code, 0) << noted.err;
  EXPECT_NE(noted.err.find("no judge's figures: "), std::string::npos) << noted.err;
  EXPECT_NE(noted.err.find("mnist train --data " + data), std::string::npos) << noted.err;
  EXPECT_TRUE(lines_of(out + "/log.csv").back().ends_with(",,,,,,,,,,"));
  expect_rejected(run(folder, small + " --evaluate-every 1"), {"mnist train --data " + data});
  expect_rejected(run(folder, small + " --until-fid 3"), {"mnist train --data " + data});
  expect_rejected(run(folder, small + " --image-size 32 --judge " WISP_SOURCE_DIR "/data/judge/mnist.safetensors"),
                  {"32 x 32", "28 x 28"});
}

TEST_F(Train, ModelsAreRecipesThatOptionsChange) {
  const auto config_of = [&](const std::string& options) {
    const Outcome outcome = train(" --steps 1 --out " + out + options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(read_bytes(out + "/config.json"));
  };
  const auto plain = config_of("");
  EXPECT_EQ(plain, config_of(" --model residual"));
  EXPECT_EQ(plain.at("norm"), "spectral");
  EXPECT_EQ(plain.at("discriminator_blocks"), 1);
  EXPECT_EQ(plain.at("loss"), "hinge");
  const auto classic = config_of(" --model classic --beta2 0.9 --lr-d 1e-3");
  EXPECT_EQ(classic.at("norm"), "batch");
  EXPECT_EQ(classic.at("discriminator_blocks"), 0);
  EXPECT_EQ(classic.at("loss"), "bce");
  EXPECT_EQ(classic.at("lr_g"), 2e-4);
  EXPECT_EQ(classic.at("lr_d"), 1e-3);
  EXPECT_EQ(classic.at("beta1"), 0.5);
  EXPECT_EQ(classic.at("beta2"), 0.9);
  EXPECT_EQ(classic.at("schedule"), "constant");
  EXPECT_EQ(classic.at("base_channels"), 2);
  const auto r3gan = config_of(" --model r3gan --lr 2e-3");
  EXPECT_EQ(r3gan.at("norm"), "none");
  EXPECT_EQ(r3gan.at("discriminator_blocks"), 0);
  EXPECT_EQ(r3gan.at("loss"), "r3gan");
  EXPECT_EQ(r3gan.at("penalty"), 10);
  EXPECT_EQ(r3gan.at("lr_g"), 2e-3);
  expect_rejected(train(" --steps 1 --model modern --out " + out), {"--model", "modern", "classic"});
}

TEST_F(Train, TheDefaultRecipeFollowsFromTheImageSizeAndTheNormFromTheLoss) {
  const auto config_of = [&](const std::string& options) {
    const Outcome outcome = train(" --steps 1 --ema 0 --out " + out + options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(read_bytes(out + "/config.json"));
  };
  EXPECT_EQ(config_of(" --image-size 32"), config_of(" --image-size 32 --model residual"));
  const auto large = config_of(" --image-size 64");
  EXPECT_EQ(large, config_of(" --image-size 64 --model r3gan"));
  EXPECT_EQ(large.at("loss"), "r3gan");
  const auto hinge = config_of(" --image-size 64 --loss hinge");
  EXPECT_EQ(hinge.at("norm"), "spectral");
  EXPECT_EQ(hinge.at("penalty"), 0);
  EXPECT_EQ(hinge.at("discriminator_blocks"), 0);
  EXPECT_EQ(config_of(" --loss wgan-gp").at("norm"), "none");
  EXPECT_EQ(config_of(" --loss wgan-gp --norm group --penalty 3").at("norm"), "group");
}

TEST_F(Train, SeedsDecideTheBytes) {
  ASSERT_EQ(train(" --steps 7 --seed 3 --out " + out).exit_code, 0);
  ASSERT_EQ(train(" --steps 7 --seed 3 --out " + (folder / "again")).exit_code, 0);
  ASSERT_EQ(train(" --steps 7 --seed 4 --out " + (folder / "other")).exit_code, 0);
  const std::string checkpoint = read_bytes(out + "/checkpoint.safetensors");
  EXPECT_TRUE(checkpoint == read_bytes(folder / "again/checkpoint.safetensors"));
  EXPECT_TRUE(read_bytes(out + "/samples.png") == read_bytes(folder / "again/samples.png"));
  EXPECT_FALSE(checkpoint == read_bytes(folder / "other/checkpoint.safetensors"));
}

TEST_F(Train, ImageSizes) {
  for (const char* size : {"32", "64"}) {
    ASSERT_EQ(train(std::string(" --steps 2 --image-size ") + size + " --out " + out).exit_code, 0);
    EXPECT_EQ(png_size(out + "/samples.png").first, 8 * (std::stoi(size) + 2) + 2);
  }
}

// Starts training without an end, waits for the first epoch's line, and interrupts it.
TEST_F(Train, CtrlCSavesAndExits130) {
  int channel[2];
  ASSERT_EQ(pipe(channel), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    dup2(channel[1], STDERR_FILENO);
    close(channel[0]);
    close(channel[1]);
    execl(WISP_BIN_DIR "/dcgan", "dcgan", "train", "--data", data.c_str(), "--base-channels", "2", "--latent", "4",
          "--batch", "8", "--epochs", "1000000", "--out", out.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(channel[1]);
  char first = 0;
  EXPECT_EQ(read(channel[0], &first, 1), 1);
  kill(child, SIGINT);
  std::string rest(4096, ' ');
  while (read(channel[0], rest.data(), rest.size()) > 0) {
  }
  close(channel[0]);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_EQ(run(folder, "dcgan sample --checkpoint " + out + "/checkpoint.safetensors --out " + (folder / "grid.png"))
                .exit_code,
            0);
  EXPECT_TRUE(fs::exists(out + "/samples.png"));
}

TEST_F(Train, SampleDrawsTheSameBytesAgain) {
  ASSERT_EQ(train(" --steps 5 --lr 0.05 --out " + out).exit_code, 0);
  const auto sample = [&](const std::string& options, const std::string& name) {
    const Outcome outcome =
        run(folder, "dcgan sample --checkpoint " + out + "/checkpoint.safetensors --count 300 --out " +
                        (folder / (name + ".png")) + " --idx " + (folder / (name + ".idx.gz")) + options);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  };
  sample(" --seed 5", "a");
  sample(" --seed 5", "b");
  sample(" --seed 6", "c");
  EXPECT_TRUE(read_bytes(folder / "a.png") == read_bytes(folder / "b.png"));
  EXPECT_TRUE(read_bytes(folder / "a.idx.gz") == read_bytes(folder / "b.idx.gz"));
  EXPECT_FALSE(read_bytes(folder / "a.idx.gz") == read_bytes(folder / "c.idx.gz"));
  EXPECT_EQ(read_idx(folder / "a.idx.gz").shape(), (Shape{300, 28, 28}));
}

// Evaluation mode: an image does not depend on those drawn with it.
TEST_F(Train, SamplesDoNotDependOnTheirNumber) {
  ASSERT_EQ(train(" --steps 5 --lr 0.05 --out " + out).exit_code, 0);
  for (const std::string count : {"3", "200"})
    ASSERT_EQ(run(folder, "dcgan sample --checkpoint " + out + "/checkpoint.safetensors --idx " + (folder / count) +
                              " --count " + count)
                  .exit_code,
              0);
  EXPECT_EQ(read_idx(folder / "200").narrow(0, 0, 3).values<std::uint8_t>(),
            read_idx(folder / "3").values<std::uint8_t>());
}

}  // namespace
}  // namespace wisp::testing
