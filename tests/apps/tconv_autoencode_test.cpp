// tconv autoencode as a user runs it: files, page, determinism, what it learns, and bad input.
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <apps/tconv/autoencode/page.h>
#include <tests/apps/program.h>
#include <wisp/core/rng.h>
#include <wisp/data/idx.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

// Writes `count` images of bright squares somewhere on black, as one split, labelled 0, 1, ... 9, 0, ...
void write_squares(const std::string& folder, const std::string& split, std::int64_t count, std::int64_t size = 28) {
  fs::create_directories(folder);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count * size * size)), labels;
  Rng rng(5);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t top = rng.integer(size - 8), left = rng.integer(size - 8);
    for (std::int64_t y = top; y < top + 8; ++y)
      for (std::int64_t x = left; x < left + 8; ++x)
        pixels[static_cast<std::size_t>((i * size + y) * size + x)] = static_cast<std::uint8_t>(150 + 10 * (i % 10));
    labels.push_back(static_cast<std::uint8_t>(i % 10));
  }
  write_idx(folder + "/" + split + "-images-idx3-ubyte", Tensor::from({count, size, size}, pixels));
  write_idx(folder + "/" + split + "-labels-idx1-ubyte", Tensor::from({count}, labels));
}

class TconvAutoencode : public ::testing::Test {
 protected:
  TconvAutoencode() {
    write_squares(data, "train", 40);
    write_squares(data, "t10k", 30);
  }

  // Native: results do not depend on the number of threads. One of them, because these networks are small.
  Outcome autoencode(const std::string& options) {
    return run(folder, "tconv autoencode --threads 1 " + options, "WISP_BACKEND=native");
  }
  Outcome try_options(const std::string& options) { return autoencode("--data " + data + " --out " + out + options); }
  std::string run_into(const std::string& to, const std::string& options) {
    const Outcome outcome = autoencode("--quiet --batch 8 --data " + data + " --out " + to + options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return read_bytes(to + "/index.html");
  }

  TemporaryFolder folder;
  const std::string data = folder / "data", out = folder / "run";
};

nlohmann::json data_of(const std::string& page) {
  const std::string start = "const DATA = ";
  const std::size_t begin = page.find(start) + start.size();
  return nlohmann::json::parse(page.substr(begin, page.find(";\n", begin) - begin));
}

TEST_F(TconvAutoencode, WritesOnePageAndItsPictures) {
  const std::string page = run_into(out, " --steps 2");
  EXPECT_LT(page.size(), 1'500'000u);
  EXPECT_THAT(page, Not(HasSubstr("http")));
  EXPECT_THAT(page, Not(HasSubstr("src=\"")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
  EXPECT_EQ(std::distance(fs::directory_iterator(out), fs::directory_iterator{}), 2) << "the page and its pictures";
  // Ten pictures given, what eleven layers make of each, and the overview.
  EXPECT_EQ(std::distance(fs::directory_iterator(out + "/pictures"), fs::directory_iterator{}), 10 + 110 + 1);
  for (const char* name : {"0-00-given", "3-04-Conv2d", "9-11-Sigmoid", "restored"})
    EXPECT_TRUE(read_bytes(out + "/pictures/" + name + ".png").starts_with("\x89PNG")) << name;
}

TEST_F(TconvAutoencode, ThePageShowsEveryLayerOfEveryPicture) {
  const nlohmann::json shown = data_of(run_into(out, " --steps 3"));
  EXPECT_EQ(shown.at("steps"), 3);
  EXPECT_EQ(shown.at("batch"), 8);
  EXPECT_EQ(shown.at("trainImages"), 40);
  EXPECT_EQ(shown.at("testImages"), 30);
  EXPECT_EQ(shown.at("curve").size(), 3u);
  EXPECT_EQ(shown.at("pictures").size(), 10u);
  ASSERT_EQ(shown.at("layers").size(), 11u);
  std::string sizes;
  for (const auto& layer : shown.at("layers")) {
    sizes += layer.at("size").dump();
    EXPECT_EQ(layer.at("maps").size(), 10u);
    for (const std::string address : layer.at("maps")) EXPECT_TRUE(address.starts_with("data:image/png;base64,iVBOR"));
  }
  EXPECT_EQ(sizes,
            "[16,14,14][16,14,14][16,14,14][32,7,7][32,7,7][32,7,7][16,14,14][16,14,14][16,14,14][1,28,28][1,28,28]");
  EXPECT_GE(shown.at("layers")[2].at("low"), 0) << "after ReLU";
  EXPECT_LT(shown.at("layers")[1].at("low"), 0) << "before ReLU";
}

TEST_F(TconvAutoencode, SeedAndStepsDecideEveryByte) {
  const std::string page = run_into(folder / "a", " --steps 7 --seed 4");
  EXPECT_EQ(page, run_into(folder / "b", " --steps 7 --seed 4 --minutes 9"));
  EXPECT_EQ(page, run_into(folder / "c", " --steps 7 --seed 4 --threads 2"));
  EXPECT_NE(page, run_into(folder / "d", " --steps 7 --seed 5"));
  EXPECT_EQ(read_bytes(folder / "a/pictures/restored.png"), read_bytes(folder / "b/pictures/restored.png"));
}

TEST_F(TconvAutoencode, TheFirstLimitReachedEndsTraining) {
  EXPECT_LT(data_of(run_into(out, " --minutes 0.001 --steps 1000000")).at("steps"), 1'000'000);
}

TEST_F(TconvAutoencode, TestPicturesWithoutLabelsAndFewOfThemAreShown) {
  fs::remove_all(data);
  write_squares(data, "train", 8);
  write_squares(data, "t10k", 4);
  fs::remove(data + "/t10k-labels-idx1-ubyte");
  EXPECT_EQ(data_of(run_into(out, " --steps 1")).at("pictures").size(), 4u);
}

// The real digits: the network does better than the mean picture by far, and the other errors are what they are.
TEST_F(TconvAutoencode, LearnsToRestoreDigitsItHasNotSeen) {
  const Outcome outcome = autoencode("--steps 100 --out " + out);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("epoch 1  100/937 batches"));
  const nlohmann::json errors = data_of(read_bytes(out + "/index.html")).at("errors");
  EXPECT_LT(errors.at("network"), 0.02);
  EXPECT_NEAR(errors.at("meanImage"), 0.06747, 1e-5);
  EXPECT_NEAR(errors.at("bilinear"), 0.04011, 1e-5);
  EXPECT_THAT(outcome.out, HasSubstr("10000 test pictures, after 100 steps"));
  EXPECT_THAT(outcome.out, HasSubstr("0.06747"));
  EXPECT_THAT(outcome.out, HasSubstr(out + "/index.html"));
}

TEST_F(TconvAutoencode, BadOptionsAreNamedBeforeAnythingIsWritten) {
  expect_rejected(autoencode("--steps 1"), {"--out"});
  expect_rejected(try_options(" --minutes 0"), {"--minutes", "above 0", "given 0"});
  expect_rejected(try_options(" --minutes=-1"), {"--minutes", "-1"});
  expect_rejected(try_options(" --minutes nan"), {"--minutes", "nan"});
  expect_rejected(try_options(" --minutes inf"), {"--minutes", "inf"});
  expect_rejected(try_options(" --minutes soon"), {"--minutes", "soon"});
  expect_rejected(try_options(" --steps 0"), {"--steps", "between 1 and", "given 0"});
  expect_rejected(try_options(" --steps=-5"), {"--steps", "-5"});
  expect_rejected(try_options(" --steps 1 --batch 0"), {"--batch", "given 0"});
  expect_rejected(try_options(" --steps 1 --batch 41"), {"41", "40 images"});
  expect_rejected(try_options(" --steps 1 --lr nan"), {"--lr", "nan"});
  expect_rejected(try_options(" --steps 1 --lr=-1"), {"--lr", "-1"});
  expect_rejected(try_options(" --steps 1 --seed=-1"), {"--seed", "-1"});
  expect_rejected(try_options(" --steps 1 --threads 0"), {"--threads"});
  expect_rejected(try_options(" --steps 1 --data ''"), {"--data", "\"\""});
  expect_rejected(try_options(" --steps 1 --frobnicate"), {"--frobnicate"});
  EXPECT_FALSE(fs::exists(out)) << "a folder was made for options that cannot run";
}

TEST_F(TconvAutoencode, BadDataIsNamedBeforeAnythingIsWritten) {
  const auto with_data = [&](const std::string& name) {
    return autoencode("--steps 1 --batch 2 --out " + out + " --data " + (folder / name));
  };
  expect_rejected(with_data("nowhere"), {"nowhere"});
  write_squares(folder / "half", "train", 4);
  expect_rejected(with_data("half"), {"half", "t10k-images"});
  write_squares(folder / "large", "train", 4, 32);
  expect_rejected(with_data("large"), {"large", "28 x 28", "32 x 32"});
  write_squares(folder / "mixed", "train", 4);
  write_squares(folder / "mixed", "t10k", 4, 12);
  expect_rejected(with_data("mixed"), {"mixed", "28 x 28", "12 x 12"});
  EXPECT_FALSE(fs::exists(out));
}

// With minutes of training asked for, an answer at once shows that the folder is tried first.
TEST_F(TconvAutoencode, OutputThatCannotBeWrittenIsFoundBeforeTraining) {
  write_bytes(folder / "file", "");
  const auto with_out = [&](const std::string& to) {
    return autoencode("--minutes 9 --batch 8 --data " + data + " --out " + to);
  };
  expect_rejected(with_out(folder / "file"), {"file"});
  expect_rejected(with_out(folder / "file/run"), {"file/run"});
  expect_rejected(with_out("/proc/wisp"), {"/proc/wisp"});
}

TEST_F(TconvAutoencode, ALearningRateThatDivergesIsSaidSo) {
  // One step: its own loss is that of the initial weights.
  for (const char* steps : {"1", "2", "3", "400"})
    expect_rejected(try_options(" --quiet --batch 8 --lr 1e30 --steps " + std::string(steps)),
                    {"not finite", "step", "lower --lr, given 1e+30"});
  EXPECT_FALSE(fs::exists(out));
}

// Sigmoid makes a picture even of infinity: the errors stay finite.
TEST_F(TconvAutoencode, ALayerThatOverflowsIsSaidSoBeforeAnythingIsWritten) {
  Rng rng(1);
  nn::Sequential model = models::autoencoder({}, rng);
  Tensor bias = model.parameters().back();
  std::fill_n(bias.mutable_data<float>(), bias.numel(), std::numeric_limits<float>::infinity());
  const Tensor pictures = Tensor::zeros({1, 1, 28, 28});
  EXPECT_THAT(
      [&] {
        apps::write_autoencode_page(folder.path(), {model, {1.0}, 1, 1, 1, {}, pictures});
      },
      ::testing::ThrowsMessage<Error>(AllOf(HasSubstr("ConvTranspose2d(16, 1"), HasSubstr("lower --lr"))));
  EXPECT_EQ(folder.names(), std::vector<std::string>{"data"});
}

}  // namespace
}  // namespace wisp::testing
