// tconv explain: five methods that agree with the library, pages that hold what they show, and bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include <nlohmann/json.hpp>

#include <apps/tconv/explain/methods.h>
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

// The last frame of a grid, by playing the steps as the page does.
std::vector<json> play(const apps::Scene& scene, const std::string& title) {
  const json data = scene.json();
  std::size_t grid = 0;
  while (data.at("grids").at(grid).at("title") != title) ++grid;
  std::vector<json> values = data.at("grids").at(grid).at("values");
  for (const json& step : data.at("steps"))
    for (const json& write : step.at("writes"))
      if (write.at(0) == grid)
        for (std::size_t i = 1; i < write.size(); i += 2) values.at(write.at(i)) = write.at(i + 1);
  return values;
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
    EXPECT_EQ(play(m.scene, m.name == "gradient" ? "Gradient in x" : "Output"), shown(p.output)) << m.name;
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

TEST(TconvRestoration, KnowsTheRank) {
  const apps::Restoration smaller = apps::restore(apps::parse_problem(apps::find_preset("4-2-4").problem));
  EXPECT_EQ(smaller.n, 16);
  EXPECT_EQ(smaller.m, 4);
  EXPECT_EQ(smaller.rank, 4);
  EXPECT_EQ(smaller.after.height, 4);
  EXPECT_THAT(smaller.verdict(), HasSubstr("rank is 4, less than the 16 values"));
  // Of full rank: nothing is lost, and still the transpose is not the inverse.
  const apps::Restoration larger =
      apps::restore(apps::parse_problem({{.input = "3", .kernel = "2", .padding = "1"}, {}, "1 2; 3 5"}));
  EXPECT_EQ(larger.n, 9);
  EXPECT_EQ(larger.m, 16);
  EXPECT_EQ(larger.rank, 9);
  EXPECT_NE(larger.after.values, larger.before.values);
  EXPECT_THAT(larger.verdict(), HasSubstr("could be computed"));
  // A kernel of zeros tells nothing.
  EXPECT_EQ(apps::restore(apps::parse_problem({{.input = "3", .kernel = "2"}, {}, "0 0; 0 0"})).rank, 0);
  // Where the convolution does not fit on the input, the output goes there and back.
  EXPECT_EQ(apps::restore(apps::parse_problem({{.input = "2", .kernel = "3"}})).before.height, 4);
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
