// dcgan report: the page holds what the run's folder says, and says what it cannot show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <regex>
#include <sstream>

#include <nlohmann/json.hpp>

#include <apps/common/page.h>
#include <apps/dcgan/checkpoint.h>
#include <apps/dcgan/report/neighbours.h>
#include <apps/dcgan/report/page_data.h>
#include <apps/dcgan/report/repeat.h>
#include <apps/dcgan/report/report.h>
#include <apps/dcgan/run_folder.h>
#include <apps/dcgan/training.h>
#include <apps/dcgan/watch.h>
#include <tests/apps/tiny_data.h>
#include <wisp/data/dataset.h>

namespace wisp::testing {
namespace {

namespace fs = std::filesystem;
using namespace apps;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// What the page gives to its script.
nlohmann::json data_of(const std::string& page) {
  const std::string text = read_bytes(page), before = "const DATA = ";
  const std::size_t begin = text.find(before) + before.size();
  return nlohmann::json::parse(text.substr(begin, text.find(";\n", begin) - begin));
}

// 40 images in batches of 8: 5 steps an epoch.
class Report : public ::testing::Test {
 protected:
  Report() { write_tiny_data(data); }

  Outcome train(const std::string& options, const std::string& name = "run") {
    return run(folder, "dcgan train --overwrite --data " + data + tiny + options + " --out " + (folder / name));
  }
  Outcome report_of(const std::string& options) { return run(folder, "dcgan report " + options); }
  nlohmann::json shown(const std::string& name = "run") {
    return data_of(report({.runs = {folder / name}, .out = folder / "page.html"}));
  }

  // A folder with these rows as its log and nothing else.
  std::string folder_with(const std::vector<LogRow>& rows, const std::string& name = "made") {
    fs::create_directories(folder / name);
    std::string log = log_header() + "\n";
    for (const LogRow& row : rows) log += to_line(row) + "\n";
    write_bytes(folder / (name + "/log.csv"), log);
    return folder / name;
  }

  TemporaryFolder folder;
  const std::string data = folder / "data", out = folder / "run", page = out + "/report.html";
};

constexpr models::GanMeasures healthy{3, 2, 0.9, 0.9, 0.4, 0.5};

std::vector<LogRow> healthy_rows(int count) {
  std::vector<LogRow> rows;
  for (int i = 1; i <= count; ++i) {
    LogRow row{.step = 10 * i, .epoch = 1, .images = 80 * i, .seconds = 0.5 * i, .images_per_second = 160};
    row.result.measures = healthy;
    rows.push_back(row);
  }
  return rows;
}

TEST_F(Report, TrainingEndsWithOne) {
  const Outcome outcome = train(" --epochs 3");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const nlohmann::json shown = data_of(page), run = shown.at("runs").at(0);
  EXPECT_EQ(run.at("log"), read_bytes(out + "/log.csv"));
  EXPECT_EQ(run.at("step"), 15);
  EXPECT_EQ(run.at("name"), "run");
  EXPECT_EQ(run.at("gridsInAll"), 3);
  const std::vector<std::int64_t> steps{run.at("grids")[0].at("step"), run.at("grids")[1].at("step"),
                                        run.at("grids")[2].at("step")};
  EXPECT_THAT(steps, ElementsAre(5, 10, 15));
  EXPECT_EQ(run.at("config").at("lr_g"), 1e-3);
  for (const char* name : {"cpu", "cpus", "memory_bytes", "system", "threads", "version"})
    EXPECT_TRUE(run.at("config").contains(name)) << name;
  EXPECT_GE(run.at("config").at("cpus"), 1);
  EXPECT_EQ(shown.at("pictures").at("training").at("pairs").size(), 16);
}

TEST_F(Report, IsOnePageWithoutPathsOfThisMachine) {
  ASSERT_EQ(run(folder,
                "dcgan train --steps 3 --quiet --base-channels 2 --latent 4 --batch 8 --threads 1 "
                "--evaluate-every 0 --data " +
                    data + " --out " + out)
                .exit_code,
            0);
  const std::string text = read_bytes(page);
  EXPECT_THAT(text, Not(HasSubstr(WISP_SOURCE_DIR)));
  EXPECT_THAT(text, Not(HasSubstr("sourceMappingURL")));
  EXPECT_FALSE(std::regex_search(text, std::regex("(src|href)=\"(?!data:)")));
  const std::string command = data_of(page).at("runs").at(0).at("command");
  EXPECT_THAT(command, HasSubstr("--data " + data)) << "given by the user";
  // Nor where what is missing is said.
  fs::remove_all(data);
  report({.runs = {out}});
  EXPECT_THAT(std::string(data_of(page).at("pictures").at("training").at("missing")), Not(HasSubstr(data)));
}

TEST_F(Report, GridsAreTheSampleFiles) {
  ASSERT_EQ(train(" --epochs 2").exit_code, 0);
  const nlohmann::json run = data_of(page).at("runs").at(0);
  const std::string second = read_bytes(out + "/samples/epoch_0002.png");
  EXPECT_EQ(run.at("grids").at(1).at("png"), png_address(std::as_bytes(std::span(second))));
}

TEST_F(Report, EvenlyChosen) {
  EXPECT_THAT(evenly_chosen(0, 5), ElementsAre());
  EXPECT_THAT(evenly_chosen(1, 5), ElementsAre(0));
  EXPECT_THAT(evenly_chosen(5, 5), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(evenly_chosen(9, 5), ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(evenly_chosen(1000, 2), ElementsAre(0, 999));
}

TEST_F(Report, ManyOrLargeGridsAreThinnedOut) {
  const std::string made = folder_with(healthy_rows(1));
  fs::create_directories(made + "/samples");
  for (int epoch = 1; epoch <= 130; ++epoch)
    write_bytes(made + fmt::format("/samples/epoch_{:04}.png", epoch), std::to_string(epoch));
  RunRecord record = read_run(made);
  EXPECT_EQ(record.grids_in_all, 130);
  ASSERT_EQ(record.grids.size(), RunRecord::most_grids);
  EXPECT_EQ(record.grids.front().epoch, 1);
  EXPECT_EQ(record.grids.back().epoch, 130);
  EXPECT_EQ(record.grids.back().png, "130");
  write_bytes(made + "/samples/epoch_0007.png", std::string(RunRecord::most_grid_bytes / 10, 'x'));
  record = read_run(made);
  EXPECT_EQ(record.grids.size(), 10);
}

TEST_F(Report, StoppedBetweenTwoRows) {
  ASSERT_EQ(train(" --epochs 9 --sample-every 1").exit_code, 0);
  Safetensors checkpoint = read_safetensors(out + "/checkpoint.safetensors");
  // As if a signal had come after step 43, in the ninth epoch.
  checkpoint.metadata["step.value"] = "43";
  write_safetensors(out + "/checkpoint.safetensors", checkpoint);
  std::string log = read_bytes(out + "/log.csv");
  write_bytes(out + "/log.csv", log.substr(0, log.find("\n45,") + 1));
  const RunRecord record = read_run(out);
  EXPECT_EQ(record.step, 43);
  EXPECT_EQ(record.grids.back().step, 43);
  EXPECT_EQ(record.grids.front().step, 5);
}

// The alarms that the rows raised while they were written are found again.
TEST_F(Report, AlarmsAreFoundAgain) {
  std::vector<LogRow> rows = healthy_rows(60);
  for (int i = 40; i < 55; ++i) rows[i].result.measures->spread = 0.9 * Watch::collapsed * healthy.spread_real;
  rows.back().result.g_loss = std::numeric_limits<double>::quiet_NaN();
  const nlohmann::json shown = data_of(report({.runs = {folder_with(rows)}, .out = folder / "page.html"}));
  const nlohmann::json alarms = shown.at("runs").at(0).at("alarms");
  ASSERT_EQ(alarms.size(), 2);
  EXPECT_EQ(alarms[0].at("step"), 500) << "the tenth such row";
  EXPECT_THAT(std::string(alarms[0].at("text")), HasSubstr("the generator collapses"));
  EXPECT_EQ(alarms[1].at("step"), 600);
  EXPECT_THAT(std::string(alarms[1].at("text")), HasSubstr("not finite"));
}

TEST_F(Report, TrainingThatStopsShowsItsAlarm) {
  const Outcome outcome = train(" --model classic --steps 40 --lr 1e30 --checkpoint-every 1");
  ASSERT_EQ(outcome.exit_code, 1);
  const nlohmann::json alarms = data_of(page).at("runs").at(0).at("alarms");
  ASSERT_EQ(alarms.size(), 1) << outcome.err;
  const std::string text = alarms[0].at("text");
  EXPECT_THAT(outcome.err, HasSubstr("alarm: " + text));
}

// By plain loops over all training images.
TEST_F(Report, NeighboursAreTheNearest) {
  write_tiny_data(folder / "more", 1500);  // more than are looked through at a time
  const ImageDataset training = load_idx_folder(folder / "more", Split::train);
  std::vector<std::uint8_t> pixels(5 * 28 * 28);
  Rng rng(3);
  for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(rng.integer(256));
  const auto real = training.images.values<std::uint8_t>();
  std::copy_n(real.begin() + 1234 * 784, 784, pixels.begin());  // a copy of one of them
  const auto distance = [](const std::uint8_t* a, const std::uint8_t* b) {
    double sum = 0;
    for (int i = 0; i < 784; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return std::sqrt(sum);
  };
  const TrainingNeighbours found = find_neighbours(Tensor::from({5, 1, 28, 28}, pixels), training, 7);
  const auto nearest = found.nearest.values<std::uint8_t>(), chosen = found.real.values<std::uint8_t>();
  ASSERT_EQ(found.distances.size(), 5);
  ASSERT_EQ(found.usual.size(), 7);
  EXPECT_EQ(found.distances[0], 0);
  for (int i = 0; i < 5; ++i) {
    double least = 1e9;
    for (int j = 0; j < 1500; ++j) least = std::min(least, distance(&pixels[i * 784], &real[j * 784]));
    EXPECT_NEAR(found.distances[i], least, 1e-3);
    EXPECT_NEAR(distance(&pixels[i * 784], &nearest[i * 784]), least, 1e-3) << "the image that is shown";
  }
  for (int i = 0; i < 7; ++i) {
    std::vector<double> all;
    for (int j = 0; j < 1500; ++j) all.push_back(distance(&chosen[i * 784], &real[j * 784]));
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all[0], 0) << "itself";
    EXPECT_NEAR(found.usual[i], all[1], 1e-3);
  }
}

TEST_F(Report, NeighboursOfFewTrainingImages) {
  for (const std::int64_t count : {1, 2}) {
    const Tensor images = Tensor::full({count, 3, 32, 32}, 7, DType::u8);
    const TrainingNeighbours found = find_neighbours(Tensor::full({2, 3, 64, 64}, 9, DType::u8), {images, {}}, 64);
    EXPECT_EQ(found.real.shape(), (Shape{count, 3, 64, 64})) << "resized to what is generated";
    EXPECT_NEAR(found.distances[1], 2 * std::sqrt(3 * 64 * 64), 1e-3);
    EXPECT_EQ(found.usual, std::vector<float>(count == 1 ? 0 : 2, 0.0f));
  }
  EXPECT_THROW(
      find_neighbours(Tensor::zeros({1, 1, 28, 28}, DType::u8), {Tensor::zeros({1, 3, 28, 28}, DType::u8), {}}, 64),
      Error);
}

// A run in colour, as its training would leave it.
TEST_F(Report, ColourImages) {
  Recipe recipe{.model = {.latent = 4, .base_channels = 2, .image_size = 32, .channels = 3}, .batch = 8};
  recipe.schedule.steps = 4;
  Training training(recipe);
  RunFolder files(out);
  files.begin(training.checkpoint(), {{"steps", 4}, {"channels", 3}});
  files.write_samples(1, training.samples(), training.sample_columns());
  report({.runs = {out}});
  const nlohmann::json pictures = data_of(page).at("pictures");
  EXPECT_THAT(std::string(pictures.at("generated")), HasSubstr("data:image/png"));
  EXPECT_TRUE(pictures.at("training").contains("missing"));
}

class SlowReport : public Report {};

TEST_F(SlowReport, TheCommandRepeatsTheRunToTheBit) {
  for (const std::string options :
       {" --epochs 2", " --model classic --minutes 0.001 --lr-d 0.0003 --seed 7",
        " --loss wgan-gp --precision bf16 --steps 3",
        " --schedule cosine --norm group --ema 0 --steps 4 --sample-every 2 --image-size 32"}) {
    SCOPED_TRACE(options);
    ASSERT_EQ(train(options).exit_code, 0);
    std::string command = data_of(page).at("runs").at(0).at("command");
    const std::string program = "dcgan train --out runs/again";
    ASSERT_TRUE(command.starts_with(program)) << command;
    command = command.substr(program.size());
    ASSERT_EQ(run(folder, "dcgan train --quiet --overwrite --out " + (folder / "again") + command).exit_code, 0)
        << command;
    EXPECT_TRUE(read_bytes(out + "/checkpoint.safetensors") == read_bytes(folder / "again/checkpoint.safetensors"))
        << command;
    EXPECT_EQ(read_bytes(out + "/samples.png"), read_bytes(folder / "again/samples.png"));
  }
}

TEST_F(Report, TheCommandIsShortAndQuoted) {
  const nlohmann::json config{
      {"steps", 5}, {"lr_g", 1e-3}, {"data", "my data's"}, {"algorithm", "im2col"}, {"seed", "x y"}};
  EXPECT_EQ(command_to_repeat(config, "runs/again"),
            "WISP_CONV=im2col dcgan train --out runs/again --seed 'x y' --data 'my data'\\''s' --steps 5");
}

TEST_F(Report, TheCommandSaysWhatDataDecide) {
  EXPECT_EQ(command_to_repeat({{"classes", 10}, {"steps", 5}}, "a"), "dcgan train --out a --conditional --steps 5");
  EXPECT_EQ(command_to_repeat({{"classes", 0}, {"image_size", 28}, {"steps", 5}}, "a"),
            "dcgan train --out a --steps 5");
  EXPECT_EQ(command_to_repeat({{"data", "pictures"}, {"image_size", 28}, {"steps", 5}}, "a"),
            "dcgan train --out a --data pictures --image-size 28 --steps 5");
  nlohmann::json large{{"image_size", 64}, {"loss", "r3gan"}, {"norm", "none"}, {"penalty", 10}, {"steps", 5}};
  large["discriminator_blocks"] = 0;
  EXPECT_EQ(command_to_repeat(large, "a"), "dcgan train --out a --image-size 64 --steps 5");
  large["image_size"] = 32;
  EXPECT_EQ(command_to_repeat(large, "a"), "dcgan train --out a --model r3gan --image-size 32 --steps 5");
}

TEST_F(Report, ComparesRuns) {
  ASSERT_EQ(train(" --steps 20 --seed 1", "a").exit_code, 0);
  ASSERT_EQ(train(" --steps 30 --seed 2", "b").exit_code, 0);
  const Outcome outcome = report_of((folder / "a") + " " + (folder / "b/"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, (folder / "comparison.html") + "\n");
  const nlohmann::json shown = data_of(folder / "comparison.html");
  ASSERT_EQ(shown.at("runs").size(), 2);
  for (const int i : {0, 1}) {
    const nlohmann::json& run = shown.at("runs").at(i);
    EXPECT_EQ(run.at("log"), read_bytes(folder / (i == 0 ? "a/log.csv" : "b/log.csv")));
    EXPECT_EQ(run.at("config").at("seed"), i + 1);
    EXPECT_FALSE(run.at("grids").empty());
  }
  EXPECT_FALSE(shown.contains("pictures"));
}

TEST_F(Report, OfARunThatHasOnlyBegun) {
  RunFolder files(out);
  files.begin(Training({.model = {.latent = 4, .base_channels = 2}, .schedule = {.steps = 9}}).checkpoint(),
              {{"steps", 9}});
  const nlohmann::json run = shown().at("runs").at(0);
  EXPECT_EQ(run.at("log"), log_header() + "\n");
  EXPECT_EQ(run.at("step"), 0);
  EXPECT_TRUE(run.at("grids").empty());
  EXPECT_TRUE(run.at("floor").is_null());
  const std::string lock = read_bytes(out + "/lock");
  EXPECT_FALSE(lock.empty()) << "the run goes on, and nobody minds";
}

TEST_F(Report, SaysWhatIsMissing) {
  ASSERT_EQ(train(" --steps 3").exit_code, 0);
  write_tiny_data(data, 41);
  EXPECT_THAT(std::string(shown().at("pictures").at("training").at("missing")), HasSubstr("not those of the run"));
  fs::remove_all(data);
  EXPECT_THAT(std::string(shown().at("pictures").at("training").at("missing")), HasSubstr("the folder of the data"));
  write_bytes(out + "/checkpoint.safetensors", "no checkpoint");
  EXPECT_THAT(std::string(shown().at("pictures").at("missing")), HasSubstr("checkpoint.safetensors"));
  fs::remove(out + "/checkpoint.safetensors");
  fs::remove(out + "/config.json");
  EXPECT_THAT(std::string(shown().at("pictures").at("missing")), HasSubstr("checkpoint.safetensors"));
  EXPECT_EQ(shown().at("runs").at(0).at("command"), "");
}

TEST_F(Report, TheFloorIsMissedOnlyWhereThereAreFigures) {
  std::vector<LogRow> rows = healthy_rows(3);
  EXPECT_TRUE(floor_data(read_run(folder_with(rows)), CacheMiss::compute).is_null());
  rows.back().figures = Figures{.fid = 5};
  EXPECT_TRUE(floor_data(read_run(folder_with(rows)), CacheMiss::compute).contains("missing"));
}

TEST_F(Report, AFailingReportIsNoFailingTraining) {
  fs::create_directories(page);
  const Outcome outcome = train(" --steps 3");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("no report: "));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
}

TEST_F(Report, BadInput) {
  expect_rejected(report_of(""), {"runs"});
  expect_rejected(report_of(folder / "nowhere"), {"nowhere/log.csv", "run"});
  expect_rejected(report_of(data), {"data/log.csv", "run"});
  ASSERT_EQ(train(" --steps 30").exit_code, 0);
  expect_rejected(report_of(out + " " + data), {"data/log.csv", "run"});
  expect_rejected(report_of(out + " --out " + (folder / "no/such/page.html")), {"no/such/page.html"});
  std::string many;
  for (int i = 0; i < 9; ++i) many += out + " ";
  expect_rejected(report_of(many), {"8", "9"});

  const std::string config = read_bytes(out + "/config.json"), log = read_bytes(out + "/log.csv");
  for (const char* broken : {"{", "[1, 2]", ""}) {
    write_bytes(out + "/config.json", broken);
    expect_rejected(report_of(out), {"run/config.json", "JSON"});
  }
  for (const std::string& broken : {std::string(100'000, '['), "{\"cpu\": " + std::string(100'000, '[') + "}"}) {
    write_bytes(out + "/config.json", broken);
    expect_rejected(report_of(out), {"run/config.json", "nested deeper than 16 levels"});
  }
  for (const char* odd : {R"({"steps": "many", "data": 3, "judge": null, "threads": [1]})", R"({"image_size": "28"})",
                          R"({"image_size": [28], "classes": [3], "data": ["x"], "algorithm": 3, "lr_g": {"a": [1]}})",
                          R"({"image_size": 1e300, "classes": -1, "seed": "x\ny", "data_checksum": 7})"}) {
    write_bytes(out + "/config.json", odd);
    const Outcome outcome = report_of(out);
    EXPECT_EQ(outcome.exit_code, 0) << "for people, not for training: " << odd << outcome.err;
  }
  write_bytes(out + "/config.json", config);

  write_bytes(out + "/log.csv", "step,loss\n1,2\n");
  expect_rejected(report_of(out), {"run/log.csv", "columns"});
  write_bytes(out + "/log.csv", log_header() + "\n1,2,3\n" + log.substr(log.find('\n') + 1));
  expect_rejected(report_of(out), {"run/log.csv", "line 2"});
  const std::string cut = log.substr(0, log.size() - 9);
  write_bytes(out + "/log.csv", cut);  // as when it is being written
  const nlohmann::json run = shown().at("runs").at(0);
  EXPECT_EQ(run.at("cut"), true);
  EXPECT_EQ(run.at("log"), cut.substr(0, cut.rfind('\n') + 1));
}

}  // namespace
}  // namespace wisp::testing
