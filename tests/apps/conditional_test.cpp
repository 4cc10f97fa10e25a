// dcgan train --conditional, and sample --label: labels from the data to the images.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <tests/apps/tiny_data.h>
#include <tests/cache_folder.h>
#include <tests/pictures.h>
#include <wisp/io/image.h>
#include <wisp/io/safetensors.h>

namespace wisp::testing {
namespace {

// Images of three classes: black, grey, white.
void write_shades(const std::string& folder, std::int64_t count = 48) {
  std::filesystem::create_directories(folder);
  std::vector<std::uint8_t> pixels, labels;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto label = static_cast<std::uint8_t>(i * 7 % 3);
    labels.push_back(label);
    pixels.insert(pixels.end(), 28 * 28, static_cast<std::uint8_t>(label * 127));
  }
  write_idx(folder + "/train-images-idx3-ubyte", Tensor::from({count, 28, 28}, pixels));
  write_idx(folder + "/train-labels-idx1-ubyte", Tensor::from({count}, labels));
}

class Conditional : public ::testing::Test {
 protected:
  Conditional() { write_shades(data); }

  Outcome train(const std::string& options) {
    return run(folder, "dcgan train --conditional --overwrite --data " + data + tiny + options);
  }
  Tensor sample(const std::string& options) {
    const Outcome outcome = run(folder, "dcgan sample --checkpoint " + checkpoint + " --idx " + (folder / "images") +
                                            " --out " + (folder / "grid.png") + " " + options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return read_idx(folder / "images");
  }

  TemporaryFolder folder;
  const std::string data = folder / "data", out = folder / "run", checkpoint = out + "/checkpoint.safetensors";
};

// The same images under other labels.
void turn_labels(const std::string& folder) {
  std::vector<std::uint8_t> labels = read_idx(folder + "/train-labels-idx1-ubyte").values<std::uint8_t>();
  for (std::uint8_t& label : labels) label = static_cast<std::uint8_t>((label + 1) % 3);
  write_idx(folder + "/train-labels-idx1-ubyte", Tensor::from({static_cast<std::int64_t>(labels.size())}, labels));
}

TEST_F(Conditional, LooksAtTheLabels) {
  ASSERT_EQ(train(" --steps 3 --out " + (folder / "a")).exit_code, 0);
  turn_labels(data);
  ASSERT_EQ(train(" --steps 3 --out " + (folder / "b")).exit_code, 0);
  EXPECT_FALSE(read_bytes(folder / "a/checkpoint.safetensors") == read_bytes(folder / "b/checkpoint.safetensors"));
}

TEST_F(Conditional, LabelsMeanNothingWithoutIt) {
  const std::string command = "dcgan train --data " + data + tiny + " --steps 3 --out ";
  ASSERT_EQ(run(folder, command + (folder / "a")).exit_code, 0);
  turn_labels(data);
  ASSERT_EQ(run(folder, command + (folder / "b")).exit_code, 0);
  EXPECT_TRUE(read_bytes(folder / "a/checkpoint.safetensors") == read_bytes(folder / "b/checkpoint.safetensors"));
}

// Eight rows with a column for each class.
TEST_F(Conditional, TheGridHasAColumnForEachClass) {
  ASSERT_EQ(train(" --steps 1 --out " + out).exit_code, 0);
  const Tensor grid = read_image(out + "/samples.png");
  EXPECT_EQ(grid.shape(), (Shape{1, 8 * 30 + 2, 3 * 30 + 2}));
}

class SlowConditional : public Conditional {};

TEST_F(SlowConditional, DrawsTheDigitThatIsAskedFor) {
  const Outcome outcome = run(folder,
                              "dcgan train --conditional --steps 600 --base-channels 16 --lr 2e-3 --quiet "
                              "--evaluate-every 0 --data " WISP_SOURCE_DIR "/data/mnist --out " +
                                  out);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Outcome judged = run(
      folder, "dcgan evaluate --count 1000 --json --data " WISP_SOURCE_DIR "/data/mnist --checkpoint " + checkpoint);
  ASSERT_EQ(judged.exit_code, 0) << judged.err;
  EXPECT_GT(nlohmann::json::parse(judged.out).at("label_accuracy"), 0.9);  // 0.1 by chance
}

TEST_F(Conditional, ClassesComeInTurnsWhereNoneIsNamed) {
  ASSERT_EQ(train(" --steps 6 --lr 0.05 --out " + out).exit_code, 0);
  const Tensor all = sample("--count 200");  // more than are drawn at a time
  for (int label = 0; label < 3; ++label) {
    const Tensor one = sample("--count 200 --label " + std::to_string(label));
    for (const std::int64_t i : {label, 63 + label, 195 + label})
      EXPECT_EQ(all.narrow(0, i, 1).values<std::uint8_t>(), one.narrow(0, i, 1).values<std::uint8_t>()) << i;
    EXPECT_NE(all.narrow(0, label + 1, 1).values<std::uint8_t>(), one.narrow(0, label + 1, 1).values<std::uint8_t>());
  }
}

TEST_F(Conditional, ResumesToTheSameBits) {
  const std::string constant = " --schedule constant --seed 3 ";
  ASSERT_EQ(train(constant + "--steps 15 --out " + (folder / "straight")).exit_code, 0);
  ASSERT_EQ(train(constant + "--steps 7 --out " + out).exit_code, 0);
  const Outcome outcome = run(folder, "dcgan train --quiet --threads 1 --steps 15 --resume " + out);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(read_bytes(checkpoint) == read_bytes(folder / "straight/checkpoint.safetensors"));
  EXPECT_EQ(read_safetensors(checkpoint).metadata.at("own.classes"), "3");
}

TEST_F(Conditional, WorksWithEveryLoss) {
  for (const std::string loss : {"bce", "hinge", "least-squares", "wgan-gp", "r1", "r3gan"})
    EXPECT_EQ(train(" --steps 2 --loss " + loss + " --out " + out).exit_code, 0) << loss;
}

TEST_F(Conditional, RefusesWhatHasNoLabels) {
  std::filesystem::remove(data + "/train-labels-idx1-ubyte");
  expect_rejected(train(" --steps 1 --out " + out), {"--conditional needs labels", data});
  write_idx(data + "/train-labels-idx1-ubyte", Tensor::zeros({48}, DType::u8));
  expect_rejected(train(" --steps 1 --out " + out), {"at least 2 classes", data});
}

TEST_F(Conditional, LabelsWithGapsAreNumberedAndALineSaysSo) {
  std::vector<std::uint8_t> labels;
  for (int i = 0; i < 48; ++i) labels.push_back(i % 2 == 0 ? 7 : 3);
  write_idx(data + "/train-labels-idx1-ubyte", Tensor::from({48}, labels));
  const Outcome gaps = train(" --steps 1 --out " + (folder / "gaps"));
  ASSERT_EQ(gaps.exit_code, 0) << gaps.err;
  EXPECT_EQ(gaps.err, data + ": labels 3, 7 are classes 0 to 1\n");
  for (std::uint8_t& label : labels) label = label == 7 ? 1 : 0;
  write_idx(data + "/train-labels-idx1-ubyte", Tensor::from({48}, labels));
  ASSERT_EQ(train(" --steps 1 --out " + out).exit_code, 0);
  const Safetensors a = read_safetensors(checkpoint), b = read_safetensors(folder / "gaps/checkpoint.safetensors");
  EXPECT_EQ(b.metadata.at("own.classes"), "2");
  for (const auto& [name, tensor] : a.tensors)
    if (tensor.dtype() == DType::f32) {
      EXPECT_EQ(tensor.values<float>(), b.tensors.at(name).values<float>()) << name;
    }
  EXPECT_NE(a.metadata.at("own.data_checksum"), b.metadata.at("own.data_checksum")) << "another meaning";
}

TEST_F(Conditional, RefusesClassesWithoutImages) {
  const CacheFolder cache;
  const std::string pictures = folder / "pictures";
  for (const char* name : {"a", "b", "c"}) std::filesystem::create_directories(pictures + "/" + name);
  for (int i = 0; i < 8; ++i)
    write_bytes(pictures + (i % 2 == 0 ? "/a/" : "/c/") + std::to_string(i) + ".png", png_of(8, 8, {30 * i}));
  const std::string start = "dcgan train --steps 1 --image-size 28" + tiny + " --data " + pictures + " --out ";
  const Outcome refused = run(folder, start + out + " --conditional");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, ::testing::HasSubstr("none of class 1 (b)"));
  EXPECT_FALSE(std::filesystem::exists(out));
  const Outcome plain = run(folder, start + out);
  EXPECT_EQ(plain.exit_code, 0) << plain.err;
  EXPECT_EQ(plain.err, pictures + ": no pictures are here of class 1 (b), of 3\n");
  std::filesystem::remove(pictures + "/b");
  EXPECT_EQ(run(folder, start + (folder / "two") + " --conditional").exit_code, 0);
}

TEST_F(Conditional, RefusesLabelsThatAreNotThere) {
  ASSERT_EQ(train(" --steps 1 --out " + out).exit_code, 0);
  const auto sample_label = [&](const std::string& path, const std::string& label) {
    return run(folder, "dcgan sample --checkpoint " + path + " --out " + (folder / "no.png") + " --label " + label);
  };
  expect_rejected(sample_label(checkpoint, "3"), {"label 3", "0 to 2"});
  expect_rejected(sample_label(checkpoint, "-1"), {"label -1", "0 to 2"});
  const std::string plain = folder / "plain";
  ASSERT_EQ(run(folder, "dcgan train --data " + data + tiny + " --steps 1 --out " + plain).exit_code, 0);
  expect_rejected(sample_label(plain + "/checkpoint.safetensors", "1"), {"label 1", "without labels"});
  expect_rejected(run(folder, "dcgan train --quiet --conditional --steps 2 --resume " + plain),
                  {"--conditional", plain});
  EXPECT_FALSE(std::filesystem::exists(folder / "no.png"));
}

}  // namespace
}  // namespace wisp::testing
