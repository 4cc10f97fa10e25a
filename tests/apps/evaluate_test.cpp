// The judge's figures: negative controls in the right order, known answers, the cache, and bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

#include <apps/dcgan/checkpoint.h>
#include <apps/dcgan/evaluate/figures.h>
#include <apps/dcgan/training.h>
#include <wisp/core/rng.h>
#include <wisp/data/dataset.h>
#include <wisp/data/idx.h>
#include <wisp/io/png.h>
#include <wisp/ops/slice.h>

#include <tests/apps/program.h>
#include <tests/scoped_setting.h>
#include <tests/temporary_folder.h>

namespace wisp::testing {
namespace {

using namespace apps;
using ::testing::HasSubstr;

const std::string mnist = WISP_SOURCE_DIR "/data/mnist",
                  judge_of_mnist = WISP_SOURCE_DIR "/data/judge/mnist.safetensors";

constexpr std::int64_t training_count = 3000, test_count = 1000;

Tensor first(const Tensor& tensor, std::int64_t count) { return tensor.narrow(0, 0, count); }

// A small part of MNIST, a judge for it, and a cache folder of its own, made once.
class Evaluation : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = std::make_unique<TemporaryFolder>();
    data = *folder / "data";
    judge_path = *folder / "judge.safetensors";
    std::filesystem::create_directory(data);
    const ImageDataset train = load_idx_folder(mnist, Split::train), test = load_idx_folder(mnist, Split::test);
    const Tensor images = first(train.images, training_count);
    write_idx(data + "/train-images-idx3-ubyte", images.reshape({training_count, 28, 28}));
    write_idx(data + "/t10k-images-idx3-ubyte", first(test.images, test_count).reshape({test_count, 28, 28}));
    save_judge(judge_path, load_judge(judge_of_mnist).network, checksum({images, {}}));
    setenv("XDG_CACHE_HOME", (*folder / "cache").c_str(), 1);
    judge = std::make_unique<LoadedJudge>(load_judge(judge_path));
    reference = std::make_unique<Reference>(load_reference(*judge, data, ReferenceSplit::test));
    unseen = train.images.narrow(0, training_count, test_count);
    unseen_labels = train.labels.narrow(0, training_count, 10 * test_count).values<std::uint8_t>();
    many_unseen = train.images.narrow(0, training_count, 10 * test_count);
  }
  static void TearDownTestSuite() {
    unsetenv("XDG_CACHE_HOME");
    reference.reset();
    judge.reset();
    folder.reset();
  }

  static JudgedImages judged(const Tensor& images) { return judge_images(*judge, images, "the test"); }
  static Figures figures(const Tensor& images) { return figures_of(reference->real, judged(images)); }
  static double memorised(const Tensor& images) { return memorisation(*reference, judged(images)); }

  // Every pixel the mean of the (2 reach + 1)^2 around it.
  static Tensor blurred(const Tensor& images, std::int64_t reach) {
    const auto from = images.values<std::uint8_t>();
    std::vector<std::uint8_t> to;
    for (std::int64_t n = 0; n < images.dim(0); ++n)
      for (std::int64_t y = 0; y < 28; ++y)
        for (std::int64_t x = 0; x < 28; ++x) {
          double sum = 0;
          for (std::int64_t i = std::max<std::int64_t>(y - reach, 0); i <= std::min<std::int64_t>(y + reach, 27); ++i)
            for (std::int64_t j = std::max<std::int64_t>(x - reach, 0); j <= std::min<std::int64_t>(x + reach, 27); ++j)
              sum += from[static_cast<std::size_t>((n * 28 + i) * 28 + j)];
          to.push_back(static_cast<std::uint8_t>(sum / static_cast<double>((2 * reach + 1) * (2 * reach + 1))));
        }
    return Tensor::from(images.shape(), to);
  }

  static Tensor noise() {
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(test_count * 28 * 28));
    Rng rng(9);
    for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(rng.integer(256));
    return Tensor::from({test_count, 1, 28, 28}, pixels);
  }

  // Unseen images of one digit alone.
  static Tensor only(std::uint8_t digit) {
    std::vector<std::int64_t> rows;
    for (std::size_t i = 0; i < unseen_labels.size(); ++i)
      if (unseen_labels[i] == digit) rows.push_back(static_cast<std::int64_t>(i));
    return select_images(many_unseen, rows);
  }

  static Tensor repeated(const Tensor& image) {
    return select_images(image, std::vector<std::int64_t>(static_cast<std::size_t>(test_count), 0));
  }

  static inline std::unique_ptr<TemporaryFolder> folder;
  static inline std::string data, judge_path;
  static inline std::unique_ptr<LoadedJudge> judge;
  static inline std::unique_ptr<Reference> reference;
  static inline Tensor unseen, many_unseen;
  static inline std::vector<std::uint8_t> unseen_labels;
};

TEST_F(Evaluation, RealImagesAreAsGoodAsTheFloorAndTheCeilings) {
  const Figures real = figures(unseen);
  const Floor floor = floor_of(*reference, test_count);
  EXPECT_GT(floor.fid.sd, 0);
  EXPECT_LT(std::abs(real.fid - floor.fid.mean), 1.0 + 6 * floor.fid.sd);
  EXPECT_GT(real.is, 9);
  EXPECT_LE(real.is, 10);
  EXPECT_LT(real.digit_kl, 0.02);
  EXPECT_GT(real.precision, 0.85);
  EXPECT_GT(real.recall, 0.85);
  EXPECT_GT(real.density, 0.8);
  EXPECT_GT(real.coverage, 0.88);
  EXPECT_GT(real.confident, 0.95);
  EXPECT_NEAR(real.checkerboard, 1, 0.1);
  EXPECT_LT(memorised(unseen), 0.03);
}

TEST_F(Evaluation, TheWorseTheImagesTheWorseTheFigures) {
  const Figures real = figures(unseen), slight = figures(blurred(unseen, 1)), strong = figures(blurred(unseen, 3)),
                none = figures(noise());
  EXPECT_LT(real.fid, slight.fid);
  EXPECT_LT(slight.fid, strong.fid);
  EXPECT_LT(strong.fid, none.fid);
  EXPECT_LT(real.kid, slight.kid);
  EXPECT_LT(slight.kid, strong.kid);
  EXPECT_LT(strong.kid, none.kid);
  EXPECT_GT(real.coverage, slight.coverage);
  EXPECT_GT(slight.coverage, strong.coverage);
  EXPECT_GE(strong.coverage, none.coverage);
  EXPECT_GT(real.precision, strong.precision);
  EXPECT_GT(real.confident, strong.confident);
  EXPECT_LT(strong.checkerboard, slight.checkerboard);
  EXPECT_GT(none.checkerboard, 2);
}

TEST_F(Evaluation, OneDigitAloneIsPreciseAndCoversLittle) {
  const Figures all = figures(unseen), sevens = figures(only(7));
  EXPECT_GT(sevens.fid, 10 * all.fid);
  EXPECT_GT(sevens.precision, 0.8);
  EXPECT_LT(sevens.coverage, 0.2);
  EXPECT_LT(sevens.is, 1.3);
  EXPECT_GT(sevens.digit_kl, 1.5);
}

TEST_F(Evaluation, OneImageRepeated) {
  const Figures one = figures(repeated(unseen));
  EXPECT_TRUE(std::isfinite(one.fid) && std::isfinite(one.kid) && std::isfinite(one.checkerboard));
  EXPECT_GT(one.fid, figures(only(7)).fid);
  EXPECT_NEAR(one.is, 1, 1e-3);
  EXPECT_LT(one.coverage, 0.05);
  EXPECT_LT(one.recall, 0.05);
}

TEST_F(Evaluation, CopiesOfTrainingImagesAreMemorised) {
  EXPECT_EQ(memorised(reference->training.images.narrow(0, 500, 700)), 1);
  const Tensor half = cat({first(reference->training.images, 500), first(unseen, 500)});
  EXPECT_NEAR(memorised(half), 0.5, 0.02);
}

TEST_F(Evaluation, TheOrderOfImagesChangesNothing) {
  const Figures a = figures(unseen), b = figures(select_images(unseen, Rng(3).permutation(test_count)));
  EXPECT_NEAR(a.fid, b.fid, 1e-6);
  EXPECT_NEAR(a.kid, b.kid, 1e-6);
  EXPECT_NEAR(a.is, b.is, 1e-6);
  EXPECT_EQ(a.precision, b.precision);
  EXPECT_EQ(a.coverage, b.coverage);
}

TEST_F(Evaluation, TheRealImagesThemselves) {
  const Figures same = figures(reference->real.images);
  EXPECT_NEAR(same.fid, 0, 1e-6);
  EXPECT_EQ(same.coverage, 1);
  EXPECT_EQ(same.precision, 1);
  EXPECT_EQ(same.digit_kl, 0);
  EXPECT_EQ(same.checkerboard, 1);
}

TEST_F(Evaluation, ConstantImagesGetFiguresThatAreNumbers) {
  const Figures constant = figures(Tensor::full({50, 1, 28, 28}, 7, DType::u8));
  for (const double figure : {constant.fid, constant.kid, constant.is, constant.digit_kl, constant.precision,
                              constant.recall, constant.density, constant.coverage, constant.checkerboard})
    EXPECT_TRUE(std::isfinite(figure));
  EXPECT_EQ(constant.checkerboard, 0);
  EXPECT_GT(figures(first(unseen, 2)).fid, 0);
}

TEST_F(Evaluation, TheValidationImagesAreTheLastOfTheTrainingImages) {
  const Reference validation = load_reference(*judge, data, ReferenceSplit::validation);
  EXPECT_EQ(validation.real.count(), training_count / 6);
  EXPECT_EQ(validation.training.count(), training_count - training_count / 6);
  EXPECT_EQ(validation.nearest.size(), static_cast<std::size_t>(training_count / 6));
  const ImageDataset all = load_idx_folder(data, Split::train);
  const Tensor last = all.images.narrow(0, training_count - training_count / 6, training_count / 6);
  EXPECT_NEAR(figures_of(validation.real, judged(last)).fid, 0, 1e-6);
}

TEST_F(Evaluation, TheCacheHoldsWhatWasComputed) {
  const auto files = [] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(*folder / "cache/wisp")) names.push_back(entry.path());
    return names;
  };
  load_reference(*judge, data, ReferenceSplit::test);
  ASSERT_FALSE(files().empty());
  const Reference cached = load_reference(*judge, data, ReferenceSplit::test, CacheMiss::fail);
  EXPECT_EQ(cached.real.features.values<float>(), reference->real.features.values<float>());
  EXPECT_EQ(cached.nearest, reference->nearest);
  for (const std::string& file : files()) write_bytes(file, "no safetensors");
  EXPECT_THROW(load_reference(*judge, data, ReferenceSplit::test, CacheMiss::fail), Error);
  const Reference anew = load_reference(*judge, data, ReferenceSplit::test);
  EXPECT_EQ(anew.training.probabilities.values<float>(), reference->training.probabilities.values<float>());
  EXPECT_EQ(anew.nearest, reference->nearest);
}

// As a user runs it.
class Evaluate : public Evaluation {
 protected:
  static Outcome evaluate(const std::string& options) {
    return run(*folder, "dcgan evaluate --data " + data + " --judge " + judge_path + " " + options,
               "OMP_NUM_THREADS=1");
  }
  static std::string written(const std::string& name, const Tensor& tensor) {
    const std::string path = *folder / name;
    write_idx(path, tensor);
    return path;
  }
};

TEST_F(Evaluate, PrintsEveryFigureAsJson) {
  const std::string samples = written("unseen.idx.gz", unseen.reshape({test_count, 28, 28}));
  const Outcome outcome = evaluate("--json --count 400 --samples " + samples);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const nlohmann::json json = nlohmann::json::parse(outcome.out);
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_THAT(keys, ::testing::UnorderedElementsAre("count", "fid", "fid_floor", "fid_floor_sd", "kid", "is",
                                                    "is_ceiling", "digit_kl", "precision", "recall", "density",
                                                    "coverage", "confident", "memorisation", "checkerboard"));
  EXPECT_EQ(json["count"], 400);
  EXPECT_EQ(json["is_ceiling"], 10);
  const JudgedImages some = judged(first(unseen, 400));
  EXPECT_NEAR(json["fid"], figures_of(reference->real, some).fid, 1e-6);
  EXPECT_NEAR(json["fid_floor"], floor_of(*reference, 400).fid.mean, 1e-6);
  EXPECT_EQ(json["memorisation"], memorisation(*reference, some));
}

TEST_F(Evaluate, RaisesAnAlarmForCopies) {
  const Tensor copies = first(reference->training.images, 50);
  const Outcome copied = evaluate("--samples " + written("copies.idx", copies.reshape({50, 28, 28})));
  EXPECT_THAT(copied.out, HasSubstr("alarm: 100 % of the images are copies"));
  const Outcome honest = evaluate("--samples " + written("honest.idx", first(unseen, 50).reshape({50, 28, 28})));
  EXPECT_EQ(honest.exit_code, 0) << honest.err;
  EXPECT_EQ(honest.out.find("alarm"), std::string::npos) << honest.out;
}

TEST_F(Evaluate, ACheckpointAndItsSamplesGetTheSameFigures) {
  Recipe recipe;
  recipe.schedule.steps = 1;
  recipe.model.latent = 5;
  recipe.model.base_channels = 2;
  const std::string checkpoint = *folder / "checkpoint.safetensors", samples = *folder / "drawn.idx";
  write_safetensors(checkpoint, Training(recipe).checkpoint());
  const std::string same = " --count 40 --seed 3 --checkpoint " + checkpoint;
  ASSERT_EQ(run(*folder, "dcgan sample --idx " + samples + same).exit_code, 0);
  const Outcome drawn = evaluate("--json" + same), read = evaluate("--json --samples " + samples);
  ASSERT_EQ(drawn.exit_code, 0) << drawn.err;
  EXPECT_EQ(drawn.out, read.out);
  const Outcome text = evaluate("--count 40 --checkpoint " + checkpoint);
  for (const char* word : {"FID", "floor", "KID", "coverage", "0.969", "memorisation", "checkerboard"})
    EXPECT_THAT(text.out, HasSubstr(word));
}

// Training with the judge beside it.
class SlowEvaluateInTraining : public Evaluate {
 protected:
  static Outcome train(const std::string& name, const std::string& options) {
    return run(*folder, "dcgan train --data " + data + " --judge " + judge_path +
                            " --base-channels 2 --latent 4 --batch 8 --threads 1 --schedule constant " + options +
                            " --out " + (*folder / name));
  }
  // The figures of the log by step, as text.
  static std::map<int, std::string> logged(const std::string& name) {
    std::istringstream stream(read_bytes(*folder / (name + "/log.csv")));
    std::string line;
    std::getline(stream, line);
    std::map<int, std::string> figures;
    while (std::getline(stream, line)) {
      std::size_t at = 0;
      for (int column = 0; column < 17; ++column) at = line.find(',', at) + 1;
      if (line.substr(at) != ",,,,,,,,,") figures[std::stoi(line)] = line.substr(at);
    }
    return figures;
  }
};

TEST_F(SlowEvaluateInTraining, FiguresAreLoggedAndAreThoseOfEvaluate) {
  const Outcome trained = train("run", "--steps 25 --evaluate-every 15");
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_THAT(trained.err, HasSubstr("step 15  FID"));
  const auto figures = logged("run");
  ASSERT_EQ(figures.size(), 2u);
  ASSERT_TRUE(figures.contains(15) && figures.contains(25));
  EXPECT_NE(figures.at(15), figures.at(25));
  const Outcome evaluated = evaluate("--json --checkpoint " + (*folder / "run/checkpoint.safetensors"));
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
  const nlohmann::json json = nlohmann::json::parse(evaluated.out);
  std::string expected;
  for (const char* key :
       {"fid", "kid", "is", "digit_kl", "precision", "recall", "density", "coverage", "confident", "checkerboard"})
    expected += fmt::format("{}{:.6g}", expected.empty() ? "" : ",", json.at(key).get<double>());
  EXPECT_EQ(figures.at(25), expected);
}

TEST_F(SlowEvaluateInTraining, AResumedRunLogsTheSameFigures) {
  ASSERT_EQ(train("straight", "--quiet --steps 30 --evaluate-every 15").exit_code, 0);
  ASSERT_EQ(train("stopped", "--quiet --steps 20 --evaluate-every 15").exit_code, 0);
  EXPECT_TRUE(logged("stopped").contains(20));
  const Outcome resumed = run(*folder, "dcgan train --quiet --threads 1 --steps 30 --resume " + (*folder / "stopped"));
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(logged("stopped"), logged("straight"));
}

// The figures of a log are those of one judge and one set of test images.
TEST_F(SlowEvaluateInTraining, AnotherJudgeOrOtherTestImagesAreNoticed) {
  const std::string own = *folder / "own", own_judge = *folder / "own_judge";
  std::filesystem::copy(data, own);
  std::filesystem::copy_file(judge_path, own_judge);
  const std::string files = " --data " + own + " --judge " + own_judge;
  ASSERT_EQ(train("noticed", "--quiet --steps 1 --evaluate-every 9" + files).exit_code, 0);
  const std::string resume = "dcgan train --quiet --threads 1 --steps 2 --resume " + (*folder / "noticed");
  const std::string test = own + "/t10k-images-idx3-ubyte", before = read_bytes(test);

  LoadedJudge other = load_judge(own_judge);
  other.network.parameters()[0].mutable_data<float>()[0] += 0.5f;
  save_judge(own_judge, other.network, other.data_checksum);
  expect_rejected(run(*folder, resume), {"the judge is not", "--evaluate-every 0"});
  std::filesystem::remove(own_judge);
  expect_rejected(run(*folder, resume), {"own_judge", "--evaluate-every 0"});
  std::filesystem::copy_file(judge_path, own_judge);
  std::string changed = before;
  changed.back() ^= 1;
  write_bytes(test, changed);
  expect_rejected(run(*folder, resume), {"the test images are not", "--evaluate-every 0"});
  EXPECT_EQ(run(*folder, resume + " --evaluate-every 0").exit_code, 0);
}

TEST_F(SlowEvaluateInTraining, MissingTestImagesAreNoticedAtOnce) {
  const std::string alone = *folder / "alone";
  std::filesystem::create_directory(alone);
  std::filesystem::copy(data + "/train-images-idx3-ubyte", alone + "/train-images-idx3-ubyte");
  const Outcome noted = train("alone_run", "--steps 1 --evaluate-every 5000 --data " + alone);
  expect_rejected(noted, {"alone", "t10k"});
}

TEST_F(SlowEvaluateInTraining, EndsWhenTheJudgeIsSatisfied) {
  const Outcome trained = train("satisfied", "--steps 1000 --evaluate-every 5 --until-fid 1e9");
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_EQ(logged("satisfied").size(), 1u);
  EXPECT_TRUE(logged("satisfied").contains(5));
  EXPECT_EQ(step_of(read_safetensors(*folder / "satisfied/checkpoint.safetensors")), 5);
}

TEST_F(Evaluate, RefusesWhatItCannotJudge) {
  expect_rejected(evaluate(""), {"--checkpoint", "--samples"});
  const std::string good = written("good.idx", first(unseen, 20).reshape({20, 28, 28}));
  expect_rejected(evaluate("--count 1 --samples " + good), {"--count", "1"});
  expect_rejected(evaluate("--split train --samples " + good), {"--split", "train"});
  expect_rejected(evaluate("--samples " + written("one.idx", first(unseen, 1).reshape({1, 28, 28}))), {"one.idx", "2"});
  expect_rejected(evaluate("--samples " + written("none.idx", Tensor::empty({0, 28, 28}, DType::u8))), {"none.idx"});
  expect_rejected(evaluate("--samples " + written("wide.idx", Tensor::full({9, 28, 32}, 1, DType::u8))),
                  {"wide.idx", "28 x 32", "28 x 28"});
  expect_rejected(evaluate("--samples " + written("colour.idx", Tensor::full({9, 3, 28, 28}, 1, DType::u8))),
                  {"colour.idx", "3 channel", "grey"});
  expect_rejected(evaluate("--samples " + written("labels.idx", Tensor::full({9}, 1, DType::u8))), {"labels.idx"});
  expect_rejected(evaluate("--samples " + (*folder / "missing.idx")), {"missing.idx"});
  expect_rejected(evaluate("--judge " + good + " --samples " + good), {"good.idx"});
  expect_rejected(evaluate("--data " + mnist + " --samples " + good), {"mnist train", mnist});
}

TEST_F(Evaluate, RefusesACheckpointWithNaNAndOneOfAnotherSize) {
  Recipe recipe;
  recipe.schedule.steps = 1;
  recipe.model.latent = 5;
  recipe.model.base_channels = 2;
  const std::string path = *folder / "bad.safetensors";
  Safetensors checkpoint = Training(recipe).checkpoint();
  checkpoint.tensors.at("generator_ema.0.weight").mutable_data<float>()[3] = std::nanf("");
  write_safetensors(path, checkpoint);
  expect_rejected(evaluate("--count 20 --checkpoint " + path), {"not finite"});
  recipe.model.image_size = 32;
  write_safetensors(path, Training(recipe).checkpoint());
  expect_rejected(evaluate("--count 20 --checkpoint " + path), {"bad.safetensors", "32 x 32", "28 x 28"});
}

}  // namespace
}  // namespace wisp::testing
