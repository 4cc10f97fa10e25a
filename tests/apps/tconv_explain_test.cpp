// tconv explain: five methods that agree with the library, pages that hold what they show, and bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include <nlohmann/json.hpp>

#include <apps/tconv/explain/methods.h>
#include <apps/tconv/explain/numbers.h>
#include <apps/tconv/explain/presets.h>
#include <apps/tconv/explain/restoration.h>
#include <tests/apps/program.h>
#include <wisp/core/rng.h>

namespace wisp::testing {
namespace {

using apps::Problem;
using apps::ProblemText;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

// The last frame of every grid, by playing the steps as the page does.
std::vector<std::vector<json>> play(const apps::Scene& scene) {
  const json data = scene.json();
  std::vector<std::vector<json>> grids;
  for (const json& grid : data.at("grids")) {
    const json& size = grid.at("shown");
    const auto cells = size.at(0).get<std::size_t>() * size.at(1).get<std::size_t>() * size.at(2).get<std::size_t>();
    const json& values = grid.at("values");
    grids.push_back(values.is_array() ? values.get<std::vector<json>>() : std::vector<json>(cells, values));
  }
  for (const json& step : data.at("steps"))
    for (const json& write : step.at(2))
      for (std::size_t i = 1; i < write.size(); i += 2)
        grids.at(write.at(0)).at(write.at(i).get<std::size_t>()) = write.at(i + 1);
  return grids;
}

std::vector<json> last_frame(const apps::Scene& scene, const std::string& title) {
  const json data = scene.json();
  std::size_t grid = 0;
  while (data.at("grids").at(grid).at("title") != title) ++grid;
  return play(scene).at(grid);
}

std::vector<json> shown(const apps::Image& image) {
  std::vector<json> values;
  for (std::int64_t c = 0; c < std::min(image.channels, apps::shown_channels); ++c)
    for (std::int64_t i = 0; i < std::min(image.height, apps::shown_pixels); ++i)
      for (std::int64_t j = 0; j < std::min(image.width, apps::shown_pixels); ++j)
        values.push_back(apps::number(image.at(c, i, j)));
  return values;
}

void expect_all_agree(const ProblemText& text) {
  const Problem p = apps::parse_problem(text);
  for (const auto& method : {apps::stamping, apps::gathering, apps::matrix, apps::polyphase, apps::gradient}) {
    const apps::Method m = method(p);
    EXPECT_EQ(apps::distance(m.result, p.output), 0) << m.name;
    EXPECT_EQ(last_frame(m.scene, m.name == "gradient" ? "Gradient in x" : "Output"), shown(p.output)) << m.name;
    for (const auto& grid : play(m.scene)) EXPECT_THAT(grid, ::testing::Each(Not(json()))) << m.name;
  }
}

TEST(TconvMethods, AgreeOnRandomGeometries) {
  Rng rng(21);
  const auto pick = [&](std::uint64_t low, std::uint64_t high) { return low + rng.integer(high - low + 1); };
  const auto pair = [&](std::uint64_t low, std::uint64_t high) {
    return fmt::format("{}x{}", pick(low, high), pick(low, high));
  };
  int tried = 0;
  while (tried < 150) {
    ProblemText text;
    text.layer = {.input = pair(1, 5),
                  .kernel = pair(1, 4),
                  .stride = pair(1, 4),
                  .padding = pair(0, 4),
                  .output_padding = pair(0, 2),
                  .dilation = pair(1, 3)};
    text.in_channels = static_cast<std::int64_t>(pick(1, 3));
    text.out_channels = static_cast<std::int64_t>(pick(1, 3));
    try {
      apps::parse_problem(text);
    } catch (const Error&) {
      continue;  // no such layer
    }
    ++tried;
    SCOPED_TRACE(fmt::format("input {} kernel {} stride {} padding {} output_padding {} dilation {} channels {} {}",
                             text.layer.input, text.layer.kernel, text.layer.stride, text.layer.padding,
                             text.layer.output_padding, text.layer.dilation, text.in_channels, text.out_channels));
    expect_all_agree(text);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(TconvMethods, AgreeOnEveryPreset) {
  for (const apps::Preset& preset : apps::presets()) {
    SCOPED_TRACE(preset.name);
    expect_all_agree(preset.problem);
  }
}

TEST(TconvMethods, AreWrongWhenTheyAreWrong) {
  Problem p = apps::parse_problem(apps::find_preset("5-3-5").problem);
  p.output.values[3] += 1;
  EXPECT_EQ(apps::distance(apps::stamping(p).result, p.output), 1);
}

TEST(TconvMethods, ShowBigImagesCropped) {
  const Problem p = apps::parse_problem({{.input = "9x20", .kernel = "3", .stride = "2"}});
  const json grid = apps::stamping(p).scene.json().at("grids").at(2);
  EXPECT_EQ(grid.at("size"), json({1, 19, 41}));
  EXPECT_EQ(grid.at("shown"), json({1, 16, 16}));
  expect_all_agree({{.input = "9x20", .kernel = "3", .stride = "2"}});
}

// The steps of this one do not fit on a page.
TEST(TconvMethods, SayWhatTheySkipAndFinishEveryGrid) {
  const ProblemText text{.layer = {.input = "16", .kernel = "5", .padding = "2"}, .in_channels = 4, .out_channels = 4};
  expect_all_agree(text);
  const apps::Method m = apps::gathering(apps::parse_problem(text));
  const json data = m.scene.json();
  const std::size_t steps = data.at("steps").size() - 1, skipped = 4 * 16 * 16 - steps;
  EXPECT_GT(skipped, 0u);
  EXPECT_EQ(data.at("skipped"), skipped);
  EXPECT_EQ(data.at("steps").back().at(0), fmt::format("The other {} steps at once.", skipped));
  // The gradient's last frame has no pixel raised.
  for (const json& value : last_frame(apps::gradient(apps::parse_problem(text)).scene, "x: one pixel is 1"))
    EXPECT_EQ(value, 0);
}

TEST(TconvMethods, PolyphaseShowsSomePhasesAndSaysSo) {
  const apps::Method m = apps::polyphase(apps::parse_problem({{.input = "3", .kernel = "5", .stride = "5"}}));
  EXPECT_EQ(m.note, "Cropped: 16 of 25 phases are shown, all are computed.");
  expect_all_agree({{.input = "3", .kernel = "5", .stride = "5"}});
  const apps::Method all = apps::polyphase(apps::parse_problem({{.input = "3", .kernel = "3", .stride = "2x3"}}));
  EXPECT_EQ(all.note, "");
  std::vector<std::string> captions;
  const json data = all.scene.json();
  for (const json& step : data.at("steps")) captions.push_back(step.at(0));
  EXPECT_THAT(captions, ::testing::Contains("phase 1, 2: its pixels go to every 2nd row from row 1 and every 3rd "
                                            "column from column 2 of the output"));
  // A phase is put into the output before the next is computed.
  EXPECT_THAT(captions.at(12), HasSubstr("phase 0, 0: its pixels go"));
  EXPECT_THAT(captions.at(13), HasSubstr("phase 0, 1: "));
}

TEST(TconvNumbers, KeepTheirDigits) {
  for (const auto& [value, text] : std::vector<std::pair<double, std::string>>{{12345.6, "12345.6"},
                                                                               {-1234567, "-1234567"},
                                                                               {0.0625, "0.063"},
                                                                               {-0.0625, "-0.063"},
                                                                               {2.0 / 3, "0.667"},
                                                                               {0.9999, "1"},
                                                                               {-0.0, "0"},
                                                                               {0.0005, "0.001"},
                                                                               {1e-7, "1.00e-7"},
                                                                               {1e9, "1000000000"}})
    EXPECT_EQ(apps::number_text(value), text);
  EXPECT_EQ(apps::number_text(1e-310), "1.00e-310");
  EXPECT_EQ(apps::number(0.0625), 0.063);
  EXPECT_EQ(apps::number(-0.0).dump(), "0");
  const Problem p = apps::parse_problem({{.stride = "2"}, "12345.6 -0", "1"});
  EXPECT_EQ(apps::stamping(p).scene.json().at("steps").at(0).at(0),
            "12345.6 times the kernel, added at row 0, column 0");
  EXPECT_EQ(apps::gradient(p).scene.json().at("steps").at(2).at(0), "1 x 0 = 0");
}

TEST(TconvNumbers, RowsAndChannels) {
  const auto values = [](const std::string& text, std::int64_t channels) {
    const apps::Image image =
        apps::parse_problem({.layer = {.kernel = "1"}, .values = text, .in_channels = channels}).input;
    EXPECT_EQ(image.height, 2) << text;
    return image.values;
  };
  const std::vector<double> one = {0, 1, 2, 3}, two = {0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(values("0 1; 2 3", 1), one);
  EXPECT_EQ(values("0 1\n2 3", 1), one);
  EXPECT_EQ(values("0 1;\n2 3;\n", 1), one);
  EXPECT_EQ(values("0 1; 2 3 | 4 5; 6 7", 2), two);
  EXPECT_EQ(values("0 1\n2 3\n|\n4 5\n6 7\n", 2), two);
  EXPECT_EQ(apps::parse_problem({{.input = "2", .kernel = "1"}, "0 1 2 3"}).input.values, one);
}

TEST(TconvProblem, DefaultKernelsHaveDifferentRows) {
  for (const char* kernel : {"3", "5", "7x5"}) {
    const Problem p = apps::parse_problem({.layer = {.input = "2", .kernel = kernel}, .in_channels = 2});
    const auto row = [&](std::int64_t c, std::int64_t a) {
      std::vector<double> numbers;
      for (std::int64_t b = 0; b < p.layer.kernel.width; ++b) numbers.push_back(p.w(c, 0, a, b));
      return numbers;
    };
    EXPECT_NE(row(0, 0), row(0, 1)) << kernel;
    EXPECT_NE(row(0, 0), row(1, 0)) << kernel;
  }
}

TEST(TconvRestoration, KnowsTheRank) {
  const apps::Restoration smaller = apps::restore(apps::parse_problem(apps::find_preset("4-2-4").problem));
  EXPECT_EQ(smaller.n, 16);
  EXPECT_EQ(smaller.m, 4);
  EXPECT_EQ(smaller.rank, 4);
  EXPECT_EQ(smaller.after.height, 4);
  EXPECT_THAT(smaller.verdict(), HasSubstr("it makes 4 numbers of 16 numbers. Its rank is 4, less than x has values"));
  EXPECT_THAT(smaller.verdict(), HasSubstr("does not bring these values back"));
  // Of full rank: nothing is lost, and still the transpose is not the inverse.
  const apps::Restoration larger =
      apps::restore(apps::parse_problem({{.input = "4", .kernel = "2", .padding = "1"}, {}, "1 2; 3 5"}));
  EXPECT_EQ(larger.n, 9);
  EXPECT_EQ(larger.m, 16);
  EXPECT_EQ(larger.rank, 9);
  EXPECT_NE(larger.after.values, larger.before.values);
  EXPECT_THAT(larger.verdict(), HasSubstr("could be computed"));
  // A kernel of zeros tells nothing.
  EXPECT_EQ(apps::restore(apps::parse_problem({{.input = "3", .kernel = "2"}, {}, "0 0; 0 0"})).rank, 0);
}

TEST(TconvRestoration, SaysWhenTheValuesComeBack) {
  const apps::Restoration same = apps::restore(apps::parse_problem({{.input = "2"}, {}, "-1"}));
  EXPECT_EQ(same.after.values, same.before.values);
  EXPECT_THAT(same.verdict(), HasSubstr("do come back"));
  EXPECT_THAT(same.verdict(), Not(HasSubstr("does not bring")));
  // This x comes back, others would not: the zeros between its pixels are not read.
  const std::string spread = apps::restore(apps::parse_problem({{.input = "2", .stride = "2"}, {}, "1"})).verdict();
  EXPECT_THAT(spread, HasSubstr("do come back"));
  EXPECT_THAT(spread, HasSubstr("C has no inverse"));
  EXPECT_THAT(apps::restore(apps::parse_problem({{.input = "1", .kernel = "1"}})).verdict(),
              HasSubstr("it makes 1 number of 1 number."));
}

TEST(TconvRestoration, TakesEveryOutputChannel) {
  const apps::Restoration r =
      apps::restore(apps::parse_problem({.layer = {.input = "2", .kernel = "3"}, .in_channels = 2, .out_channels = 7}));
  EXPECT_EQ(r.n, 7 * 4 * 4);
  EXPECT_EQ(r.m, 2 * 2 * 2);
  EXPECT_EQ(r.rank, 8);
  // Too large to decompose.
  const apps::Restoration large = apps::restore(apps::parse_problem(apps::find_preset("dcgan-4-7").problem));
  EXPECT_EQ(large.rank, std::nullopt);
  EXPECT_THAT(large.verdict(), Not(HasSubstr("rank")));
  EXPECT_THAT(large.verdict(), HasSubstr("C has no inverse"));
}

class TconvExplain : public ::testing::Test {
 protected:
  Outcome explain(const std::string& options) { return run(folder, "tconv explain " + options); }
  Outcome into_page(const std::string& options) { return explain(options + " --out " + out); }
  std::string page() { return read_bytes(out + "/index.html"); }
  TemporaryFolder folder;
  const std::string out = folder / "page";
};

TEST_F(TconvExplain, WritesAPageThatNeedsNothingElse) {
  const Outcome outcome = into_page("--input 6 --kernel 4 --stride 2");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, out + "/index.html\n");
  for (const char* name : {"input.png", "output.png", "overlap.png", "matrix.png"})
    EXPECT_EQ(read_bytes(out + "/" + name).substr(1, 3), "PNG") << name;
  EXPECT_LT(page().size(), 300'000u);
  EXPECT_THAT(page(), Not(HasSubstr("http")));
  EXPECT_THAT(page(), HasSubstr("wisp::nn::ConvTranspose2d(1, 1, 4, {.stride = 2, .bias = false}, rng)"));
  EXPECT_THAT(page(), HasSubstr("torch.nn.ConvTranspose2d(1, 1, 4, stride=2, bias=False)"));
}

TEST_F(TconvExplain, PagesOfSmallImagesAreSmall) {
  for (const char* options : {"--kernel 4 --stride 2 --in-channels 4 --out-channels 4", "--kernel 16 --stride 2",
                              "--kernel 16 --stride 2 --in-channels 4 --out-channels 4",
                              "--kernel 7 --stride 16 --in-channels 4 --out-channels 4"}) {
    ASSERT_EQ(into_page(std::string("--input 6 ") + options).exit_code, 0);
    EXPECT_LT(page().size(), 300'000u) << options;
  }
}

TEST_F(TconvExplain, SaysWhatIsCropped) {
  ASSERT_EQ(into_page("--preset dcgan-7-14").exit_code, 0);
  EXPECT_THAT(page(), HasSubstr("\"input\":\"the first 4 of 128 channels\""));
  EXPECT_THAT(page(), HasSubstr("\"output\":\"the first 4 of 64 channels\""));
  EXPECT_THAT(page(), HasSubstr("\"matrix\":\"the first 512 \u00d7 512 of 6272 \u00d7 784 entries\""));
  ASSERT_EQ(into_page("--preset 3-6").exit_code, 0);
  EXPECT_THAT(page(), HasSubstr("\"notes\":{\"input\":\"\",\"matrix\":\"\",\"output\":\"\"}"));
}

TEST_F(TconvExplain, SizesComeFromTheNumbers) {
  ASSERT_EQ(into_page("--values \"0 1 2; 2 3 4\" --weights \"0 1; 2 3\" --padding 1x0").exit_code, 0);
  EXPECT_THAT(page(), HasSubstr("ConvTranspose2d(1, 1, 2, padding=(1, 0), bias=False): 2x3 \u2192 1x4"));
}

TEST_F(TconvExplain, SamePresetSameBytes) {
  ASSERT_EQ(into_page("--preset 3-6").exit_code, 0);
  const std::string first = page();
  ASSERT_EQ(into_page("--preset 3-6").exit_code, 0);
  EXPECT_EQ(page(), first);
}

// README.md links to these.
TEST_F(TconvExplain, DocsHoldThePresetsPages) {
  for (const apps::Preset& preset : apps::presets()) {
    ASSERT_EQ(into_page("--preset " + preset.name).exit_code, 0);
    EXPECT_TRUE(page() == read_bytes(WISP_SOURCE_DIR "/docs/tconv/" + preset.name + ".html"))
        << preset.name << ": remake with scripts/make_docs.sh";
  }
}

TEST_F(TconvExplain, RejectsBadInput) {
  expect_rejected(into_page("--input 2 --kernel 2 --values \"0 1; 2 three\""), {"--values", "\"three\""});
  expect_rejected(into_page("--input 2 --kernel 2 --values \"0 1; 2 3; 4 5\""),
                  {"--values needs 4 numbers", "given 6"});
  expect_rejected(into_page("--input 2 --kernel 2 --values \"0 1; 2\""), {"--values needs 4 numbers", "given 3"});
  expect_rejected(into_page("--input 2 --kernel 2 --values \"0 1 2; 3\""), {"--values needs rows of 2"});
  expect_rejected(into_page("--input 2 --kernel 2 --in-channels 2 --values \"0 1 | 2 3; 4 5; 6 7\""),
                  {"--values needs 2 rows in each channel, given 1 in channel 0"});
  expect_rejected(into_page("--input 2x1 --kernel 2 --in-channels 2 --values \"0 | 1 | 2 | 3\""),
                  {"--values needs 2 channels, given 4 numbers in 4 channels"});
  expect_rejected(into_page("--kernel 2 --values \"0 1; 2 3 | 4 5; 6 7\""),
                  {"--values needs 4 numbers", "given 8 in 2 channels: add --in-channels 2"});
  expect_rejected(into_page("--input 2 --weights \"0 1; 2 3 | 4 5; 6 7\""),
                  {"--weights needs 4 numbers", "--in-channels times --out-channels must be 2"});
  expect_rejected(into_page("--kernel 2 --values \"0 1;; 2 3\""), {"--values holds an empty row"});
  expect_rejected(into_page("--kernel 2 --values \"0 1 || 2 3\""), {"--values holds no numbers", "|"});
  expect_rejected(into_page("--input 2 --kernel 2 --values \"\""), {"--values", "needs a value"});
  expect_rejected(into_page("--input 2 --kernel 2 --stride \"\""), {"--stride", "needs a value"});
  expect_rejected(into_page("--input 2 --kernel 16 --in-channels 1024 --out-channels 1024"),
                  {"at most 2097152 weights", "1024 x 1024 x 16x16 = 268435456"});
  expect_rejected(into_page("--input 2 --kernel 2 --weights \"1 nan; 2 3\""), {"--weights", "\"nan\""});
  expect_rejected(into_page("--input 2 --kernel 2 --weights \"1 1e300; 2 3\""), {"--weights", "1e300"});
  expect_rejected(into_page("--values \";\" --kernel 2"), {"--values holds no numbers"});
  expect_rejected(into_page("--input 2 --kernel 0"), {"--kernel"});
  expect_rejected(into_page("--input 2 --kernel 2 --stride 0"), {"--stride"});
  expect_rejected(into_page("--input 2 --kernel 2 --padding -1"), {"--padding"});
  expect_rejected(into_page("--input 2 --kernel 2 --output-padding 1"), {"output_padding"});
  expect_rejected(into_page("--input 2 --kernel 2 --padding 2"), {"height 2 gives -1 pixels"});
  expect_rejected(into_page("--input 2 --kernel 2 --in-channels 0"), {"--in-channels", "given 0"});
  expect_rejected(into_page("--input 2 --kernel 2 --out-channels 9999"), {"--out-channels", "9999"});
  expect_rejected(into_page("--input 2000 --kernel 2"), {"at most 128x128 pixels", "2000x2000"});
  expect_rejected(into_page("--input 2 --kernel 99 --padding 40"), {"kernels of at most 16x16", "99x99"});
  expect_rejected(into_page("--input 1 --kernel 2 --dilation 100 --padding 30"), {"dilations of at most 16", "100"});
  expect_rejected(into_page("--input 28 --kernel 4 --stride 2 --in-channels 512"), {"matrix has", "at most"});
  expect_rejected(into_page("--preset nothing"), {"--preset nothing is not known", "2x2-stride-1"});
  expect_rejected(into_page("--preset 3-6 --kernel 2"), {"excludes", "--preset", "--kernel"});
  expect_rejected(explain("--preset 3-6 --out /proc/nothing"), {"/proc/nothing"});
  expect_rejected(explain("--preset 3-6 --out \"\""), {"--out must name a folder"});
  expect_rejected(explain("--preset 3-6"), {"--out is required"});
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(TconvExplain, PresetsAreListed) {
  const std::string list = run(folder, "tconv presets").out;
  for (const apps::Preset& preset : apps::presets()) EXPECT_THAT(list, HasSubstr(preset.name + " "));
}

}  // namespace
}  // namespace wisp::testing
