// Bad input gets one clear line on stderr and exit code 2.
#include <gtest/gtest.h>

#include <wisp/io/safetensors.h>

#include <tests/apps/tiny_data.h>

namespace wisp::testing {
namespace {

class BadInput : public ::testing::Test {
 protected:
  BadInput() { write_tiny_data(data); }

  Outcome train(const std::string& options) {
    return run(folder, "dcgan train --overwrite --data " + data + " --out " + (folder / "run") +
                           " --steps 1 --base-channels 2 --latent 4 --batch 8 " + options);
  }
  // Trains on a folder whose only file is an image file of these bytes.
  Outcome train_on(const std::string& bytes, const std::string& name = "train-images-idx3-ubyte") {
    std::filesystem::remove_all(folder / "bad");
    std::filesystem::create_directories(folder / "bad");
    write_bytes(folder / ("bad/" + name), bytes);
    return run(folder, "dcgan train --overwrite --data " + (folder / "bad") + " --out " + (folder / "run") +
                           " --steps 1 --batch 8");
  }

  TemporaryFolder folder;
  const std::string data = folder / "data";
};

std::string idx_header(std::initializer_list<unsigned> words) {
  std::string bytes;
  for (const unsigned word : words)
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(word >> shift & 255);
  return bytes;
}

TEST_F(BadInput, Options) {
  expect_rejected(run(folder, "dcgan"), {"dcgan: "});
  expect_rejected(run(folder, "dcgan paint"), {"paint"});
  expect_rejected(train("--frobnicate"), {"--frobnicate"});
  expect_rejected(train("--lr=-1"), {"--lr", "-1"});
  expect_rejected(train("--lr nan"), {"--lr", "nan"});
  expect_rejected(train("--lr inf"), {"--lr", "inf"});
  expect_rejected(train("--lr fast"), {"--lr", "fast"});
  expect_rejected(train("--lr"), {"--lr"});
  expect_rejected(train("--beta1 1"), {"--beta1", "1"});
  expect_rejected(train("--batch 0"), {"--batch", "0"});
  expect_rejected(train("--batch 41"), {"41", "40 images"});
  expect_rejected(train("--threads 0"), {"--threads"});
  expect_rejected(train("--seed=-1"), {"--seed", "-1"});
  expect_rejected(train("--latent 0"), {"latent", "0"});
  expect_rejected(train("--base-channels 0"), {"base_channels", "0"});
  expect_rejected(train("--base-channels 65536"), {"million weights"});
  expect_rejected(train("--image-size 30"), {"28, 32, 64 or 128", "30"});
  expect_rejected(train("--sample-every 0"), {"--sample-every", "0"});
  expect_rejected(train("--epochs 1"), {"--epochs", "--steps"});
  expect_rejected(train("--out ''"), {"--out", "\"\""});
  expect_rejected(train("--data ''"), {"--data", "\"\""});
  const std::string start = "dcgan train --data " + data + " --out " + (folder / "run");
  expect_rejected(run(folder, start + " --steps 0"), {"--steps", "0"});
  expect_rejected(run(folder, start + " --steps 99999999999999999999"), {"--steps"});
  expect_rejected(run(folder, start + " --epochs=-3"), {"--epochs", "-3"});
  expect_rejected(run(folder, start + " --minutes 0"), {"--minutes", "0"});
  expect_rejected(run(folder, start + " --minutes nan"), {"--minutes", "nan"});
  expect_rejected(run(folder, start + " --steps 1", "WISP_BACKEND=abacus"), {"WISP_BACKEND", "abacus", "native"});
  EXPECT_FALSE(std::filesystem::exists(folder / "run")) << "a run folder was made for options that cannot run";
}

TEST_F(BadInput, Recipes) {
  expect_rejected(train("--loss foo"), {"foo", "least-squares"});
  expect_rejected(train("--norm layer"), {"layer", "batch, none, group and spectral"});
  expect_rejected(train("--loss r1 --norm batch"), {"r1", "BatchNorm", "none, group or spectral"});
  expect_rejected(train("--penalty 3"), {"penalty", "hinge"});
  expect_rejected(train("--loss r1 --penalty=-3"), {"penalty", "-3"});
  expect_rejected(train("--label-smoothing 1"), {"label smoothing", "1"});
  expect_rejected(train("--loss hinge --label-smoothing 0.1"), {"label smoothing", "hinge"});
  expect_rejected(train("--schedule step"), {"schedule", "step", "cosine"});
  expect_rejected(train("--warmup 1"), {"--warmup", "1 steps"});
  expect_rejected(train("--ema 1"), {"--ema", "1"});
  expect_rejected(train("--clip-grad-norm=-1"), {"--clip-grad-norm", "-1"});
  expect_rejected(train("--lr-d nan"), {"--lr-d", "nan"});
  expect_rejected(train("--beta2 1"), {"--beta2", "1"});
  for (const char* interval : {"0", "5h", "m", "-3", "2.5", "nanm"})
    expect_rejected(train(std::string("--checkpoint-every=") + interval), {"--checkpoint-every", "5m"});
  expect_rejected(train("--keep 0"), {"--keep", "0"});
  expect_rejected(train("--on-alarm shout"), {"--on-alarm", "shout"});
  EXPECT_FALSE(std::filesystem::exists(folder / "run"));
}

TEST_F(BadInput, DataFolders) {
  const std::string start = "dcgan train --steps 1 --out " + (folder / "run") + " --data ";
  expect_rejected(run(folder, start + (folder / "nowhere")), {"nowhere"});
  expect_rejected(run(folder, start + data + "/train-images-idx3-ubyte"), {"train-images-idx3-ubyte"});
  std::filesystem::create_directories(folder / "empty");
  expect_rejected(run(folder, start + (folder / "empty")), {"empty", "train-images-idx3-ubyte"});
}

TEST_F(BadInput, DataFiles) {
  const std::string good = idx_header({0x803, 8, 28, 28}) + std::string(8 * 28 * 28, 'x');
  EXPECT_EQ(train_on(good).exit_code, 0) << "the cases below differ from this in one thing";
  expect_rejected(train_on(""), {"train-images-idx3-ubyte"});
  expect_rejected(train_on(good.substr(0, 7)), {"train-images-idx3-ubyte"});
  expect_rejected(train_on(good.substr(0, good.size() - 1)), {"offset"});
  expect_rejected(train_on(good + "x"), {"offset"});
  expect_rejected(train_on("PK\x03\x04" + good), {"magic"});
  expect_rejected(train_on(idx_header({0x801, 8}) + std::string(8, 1)), {"label"});
  expect_rejected(train_on(idx_header({0xd03, 8, 28, 28}) + std::string(4 * 8 * 28 * 28, 'x')), {"0x"});
  expect_rejected(train_on(idx_header({0x803, 0xffffffff, 0xffffffff, 0xffffffff}) + "x"), {"4294967295"});
  expect_rejected(train_on(idx_header({0x803, 0, 28, 28})), {"0"});
  expect_rejected(train_on(idx_header({0x803, 9, 28, 28}) + std::string(8 * 28 * 28, 'x')), {"offset"});
  expect_rejected(train_on("\x1f\x8b corrupt", "train-images-idx3-ubyte.gz"), {"gz"});
}

TEST_F(BadInput, CorruptGzip) {
  const std::string images = folder / "images.gz";
  write_idx(images, Tensor::full({8, 28, 28}, 7, DType::u8));
  const std::string bytes = read_bytes(images);
  EXPECT_EQ(train_on(bytes, "train-images-idx3-ubyte.gz").exit_code, 0);
  expect_rejected(train_on(bytes.substr(0, bytes.size() / 2), "train-images-idx3-ubyte.gz"), {"gz"});
  std::string wrong_sum = bytes;
  wrong_sum[wrong_sum.size() - 8] ^= 1;
  expect_rejected(train_on(wrong_sum, "train-images-idx3-ubyte.gz"), {"gz"});
}

TEST_F(BadInput, OutputFolders) {
  write_bytes(folder / "file", "");
  const std::string start =
      "dcgan train --data " + data + " --steps 1 --base-channels 2 --latent 4 --batch 8 --quiet --out ";
  expect_rejected(run(folder, start + (folder / "file")), {"file"});
  expect_rejected(run(folder, start + (folder / "file/run")), {"file/run"});
  expect_rejected(run(folder, start + "/proc/wisp"), {"/proc/wisp"});
}

// A limit on file sizes stands for the full disk: the checkpoint of 30 kB does not fit into 8 blocks of 512 bytes.
TEST_F(BadInput, FullDisk) {
  const Outcome outcome = run(folder,
                              "dcgan train --data " + data +
                                  " --steps 1 --base-channels 2 --latent 4 --batch 8 --quiet --out " + (folder / "run"),
                              "trap '' XFSZ; ulimit -f 8;");
  expect_rejected(outcome, {"run"});
  EXPECT_FALSE(std::filesystem::exists(folder / "run/checkpoint.safetensors")) << "half a file";
}

class BadCheckpoint : public BadInput {
 protected:
  BadCheckpoint() {
    EXPECT_EQ(train("--quiet").exit_code, 0);
    good = read_safetensors(folder / "run/checkpoint.safetensors");
  }

  Outcome sample(const std::string& options = "") {
    return run(folder, "dcgan sample --checkpoint " + path + " --out " + (folder / "grid.png") + " " + options);
  }
  Outcome sample_bytes(const std::string& bytes) {
    write_bytes(path, bytes);
    return sample();
  }
  Outcome sample_content(const Safetensors& content) {
    write_safetensors(path, content);
    return sample();
  }
  static std::string with_length(const std::string& header) {
    std::string bytes;
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(header.size() >> shift & 255);
    return bytes + header;
  }

  const std::string path = folder / "changed.safetensors";
  Safetensors good;
};

TEST_F(BadCheckpoint, Files) {
  const std::string bytes = read_bytes(folder / "run/checkpoint.safetensors");
  EXPECT_EQ(sample_bytes(bytes).exit_code, 0) << "the cases below differ from this in one thing";
  std::filesystem::remove(folder / "grid.png");
  expect_rejected(sample_bytes(""), {"changed.safetensors"});
  expect_rejected(sample_bytes(bytes.substr(0, 100)), {"changed.safetensors", "offset"});
  expect_rejected(sample_bytes(bytes.substr(0, bytes.size() - 5)), {"changed.safetensors"});
  expect_rejected(sample_bytes(std::string(8, '\x7f')), {"header"});
  expect_rejected(sample_bytes(with_length("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                                           "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}") +
                               std::string(12, 0)),
                  {"overlap"});
  expect_rejected(sample_bytes(with_length("{\"a\": 1, ]")), {"JSON"});
  expect_rejected(run(folder, "dcgan sample --checkpoint " + folder.path()), {folder.path()});
  expect_rejected(run(folder, "dcgan sample --checkpoint " + (folder / "nowhere")), {"nowhere"});
  EXPECT_FALSE(std::filesystem::exists(folder / "grid.png"));
}

TEST_F(BadCheckpoint, Tensors) {
  Safetensors changed = good;
  changed.tensors.erase("generator_ema.4.running_mean");
  expect_rejected(sample_content(changed), {"4.running_mean", "missing"});
  changed = good;
  changed.tensors["generator_ema.3.weight"] = Tensor::zeros({8, 5, 3, 3});
  expect_rejected(sample_content(changed), {"generator_ema.3.weight", "8x5x3x3", "8x4x3x3"});
  changed = good;
  changed.tensors["generator_ema.1.bias"] = Tensor::zeros({8}, DType::u8);
  expect_rejected(sample_content(changed), {"generator_ema.1.bias", "u8", "f32"});
  changed = good;
  changed.tensors["generator_ema.99.weight"] = Tensor::zeros({1});
  expect_rejected(sample_content(changed), {"99.weight"});
}

TEST_F(BadCheckpoint, SampleOptions) {
  std::filesystem::copy_file(folder / "run/checkpoint.safetensors", path);
  expect_rejected(sample("--count 0"), {"--count", "0"});
  expect_rejected(sample("--count 2000000000"), {"--count", "2000000000"});
  expect_rejected(run(folder, "dcgan sample --out grid.png"), {"--checkpoint"});
  expect_rejected(run(folder, "dcgan sample --checkpoint ''"), {"--checkpoint", "\"\""});
  const std::string start = "dcgan sample --checkpoint " + path;
  expect_rejected(run(folder, start + " --out ''"), {"--out", "\"\""});
  expect_rejected(run(folder, start + " --out " + (folder / "nowhere/grid.png")), {"nowhere"});
  expect_rejected(run(folder, start + " --idx " + (folder / "full.idx"), "trap '' XFSZ; ulimit -f 8;"), {"full.idx"});
  EXPECT_FALSE(std::filesystem::exists(folder / "full.idx"));
  expect_rejected(run(folder, start + " --idx " + folder.path()), {folder.path()});
}

TEST(BadBench, Options) {
  const TemporaryFolder folder;
  expect_rejected(run(folder, "bench"), {"bench: "});
  expect_rejected(run(folder, "bench gemm --size 0"), {"--size", "0"});
  expect_rejected(run(folder, "bench fly"), {"fly"});
  const Outcome good = run(folder, "bench gemm --size 64");
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_NE(good.out.find("GFLOP/s"), std::string::npos);
}

}  // namespace
}  // namespace wisp::testing
