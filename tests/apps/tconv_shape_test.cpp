// tconv shape: its sizes are those the ops make, its coverage what counting finds, its text complete.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include <apps/tconv/arithmetic.h>
#include <tests/apps/program.h>
#include <wisp/ops/conv2d.h>

namespace wisp::testing {
namespace {

using nlohmann::json;

class TconvShape : public ::testing::Test {
 protected:
  Outcome shape(const std::string& options) { return run(folder, "tconv shape " + options); }
  json shape_json(const std::string& options) {
    const Outcome outcome = shape(options + " --json");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out, nullptr, false);
  }
  TemporaryFolder folder;
};

TEST_F(TconvShape, PrintsBothDirections) {
  EXPECT_EQ(shape("--input 4x4 --kernel 3 --stride 2 --padding 1").out,
            "conv2d: 4x4 -> 2x2\n"
            "  floor((H + 2 p - d (k - 1) - 1) / s) + 1\n"
            "  floor((4 + 2 x 1 - 1 x (3 - 1) - 1) / 2) + 1 = 2\n"
            "conv_transpose2d: 4x4 -> 7x7\n"
            "  (H - 1) s - 2 p + d (k - 1) + output_padding + 1\n"
            "  (4 - 1) x 2 - 2 x 1 + 1 x (3 - 1) + 0 + 1 = 7\n"
            "output_padding: 0 makes 7x7, 1 makes 8x8\n"
            "exact multiple: k = s + 2 p makes the output exactly s times the input; here 3 and 4: no\n"
            "coverage: uneven, the overlap varies by a factor of 2 x 2 = 4 ([2, 1] kernel pixels on the residues of "
            "d j modulo s)\n");
}

TEST_F(TconvShape, TellsAxesApart) {
  const std::string out = shape("--input 3x5 --kernel 4x3 --stride 2x3 --padding 1x0 --output-padding 0x2").out;
  for (const char* line :
       {"conv_transpose2d: 3x5 -> 6x17\n", "  height: (3 - 1) x 2 - 2 x 1 + 1 x (4 - 1) + 0 + 1 = 6\n",
        "  width:  (5 - 1) x 3 - 2 x 0 + 1 x (3 - 1) + 2 + 1 = 17\n",
        "output_padding: height 0 makes 6, 1 makes 7; width 0 makes 15, 1 makes 16, 2 makes 17\n",
        "exact multiple: d (k - 1) + 1 + output_padding = s + 2 p makes the output exactly s times the input; here 4x5 "
        "and "
        "4x3: no\n",
        "coverage: even away from the border ([2, 2] kernel rows, [1, 1, 1] columns on the residues of d j modulo "
        "s)\n"})
    EXPECT_THAT(out, ::testing::HasSubstr(line));
}

TEST_F(TconvShape, FactorsOfTheAxesAreTold) {
  EXPECT_THAT(shape("--input 4 --kernel 5x3 --stride 3x2").out, ::testing::HasSubstr("factor of 2 x 2 = 4 ("));
  EXPECT_THAT(shape("--input 4 --kernel 7x3 --stride 2x1").out,
              ::testing::HasSubstr("factor of 1.33333 x 1 = 1.33333"));
}

TEST_F(TconvShape, LongListsAreShortenedAndSaySo) {
  const std::string out = shape("--input 2 --kernel 30 --stride 20").out;
  EXPECT_THAT(out, ::testing::HasSubstr(", 15 makes 65x65, ... up to 19 makes 69x69\n"));
  EXPECT_THAT(out, ::testing::HasSubstr("([2, 2, 2, 2, 2, 2, 2, 2, ... 12 more] kernel pixels"));
  EXPECT_THAT(shape("--input 2 --kernel 3 --stride 16").out, ::testing::HasSubstr(", 15 makes 34x34\n"));
  const json all = shape_json("--input 2 --kernel 30 --stride 20x3");
  EXPECT_EQ(all.at("sizes_by_output_padding").at("height").size(), 16u);
  EXPECT_EQ(all.at("largest_output_padding"), json({19, 2}));
}

TEST_F(TconvShape, JsonHasNullWhereThereIsNoSize) {
  const json small = shape_json("--input 2 --kernel 3");
  EXPECT_EQ(small.at("conv"), json());
  EXPECT_EQ(small.at("conv_transpose"), json({4, 4}));
  const json padded = shape_json("--input 2x3 --kernel 2 --padding 9");
  EXPECT_EQ(padded.at("conv"), json({19, 20}));
  EXPECT_EQ(padded.at("conv_transpose"), json());
  const json cut = shape_json("--input 2 --kernel 2 --stride 3 --padding 3");
  EXPECT_EQ(cut.at("sizes_by_output_padding").at("height"), json({nullptr, nullptr, 1}));
}

TEST_F(TconvShape, JsonTellsTheRest) {
  const json even = shape_json("--input 7 --kernel 4 --stride 2 --padding 1");
  EXPECT_EQ(even.at("conv_transpose"), json({14, 14}));
  EXPECT_EQ(even.at("exact_multiple"), true);
  EXPECT_EQ(even.at("overlap"), json({{"height", {2, 2}}, {"width", {2, 2}}, {"even", true}, {"factor", 1.0}}));
  EXPECT_EQ(even.at("sizes_by_output_padding"), json({{"height", {14, 15}}, {"width", {14, 15}}}));
  const json holes = shape_json("--input 4 --kernel 3 --stride 2 --dilation 2");
  EXPECT_EQ(holes.at("overlap"), json({{"height", {3, 0}}, {"width", {3, 0}}, {"even", false}, {"factor", nullptr}}));
}

TEST_F(TconvShape, OutputSizePicksTheOutputPadding) {
  EXPECT_EQ(shape_json("--input 3 --kernel 3 --stride 2 --padding 1 --output-size 6x5").at("conv_transpose"),
            json({6, 5}));
}

TEST_F(TconvShape, RejectsBadInput) {
  const std::string layer = "--input 3 --kernel 3 ";
  expect_rejected(shape(layer + "--stride 2 --padding 1 --output-size 8x8"),
                  {"output_size 8x8 is out of reach: this layer makes 5x5 to 6x6 from 3x3"});
  expect_rejected(shape("--input 3 --kernel 0"), {"--kernel must be between 1", "given 0"});
  expect_rejected(shape("--input 0x3 --kernel 3"), {"--input must be between 1", "given 0x3"});
  expect_rejected(shape(layer + "--stride 0"), {"--stride must be between 1", "given 0"});
  expect_rejected(shape(layer + "--padding -1"), {"--padding must be between 0", "given -1"});
  expect_rejected(shape(layer + "--dilation 0"), {"--dilation"});
  expect_rejected(shape(layer + "--stride 2 --output-padding 2"), {"output_padding must be smaller", "given 2"});
  expect_rejected(shape(layer + "--padding two"), {"--padding must be a whole number", "\"two\""});
  expect_rejected(shape(layer + "--padding 1x"), {"--padding", "\"1x\""});
  expect_rejected(shape(layer + "--padding 1x2x3"), {"--padding", "\"1x2x3\""});
  expect_rejected(shape(layer + "--stride 99999999999999999999"), {"--stride"});
  expect_rejected(shape(layer + "--stride 4294967296"), {"--stride must be between 1 and 2^31"});
  expect_rejected(shape(layer + "--stride 20000"), {"--stride must be at most 10000, given 20000\n"});
  expect_rejected(shape(layer + "--output-padding 0 --output-size 5"),
                  {"excludes", "--output-size", "--output-padding"});
  for (const char* option : {"--stride", "--padding", "--output-padding", "--dilation", "--output-size"})
    expect_rejected(shape(layer + option + " \"\""), {option, "needs a value, given \"\""});
  expect_rejected(shape("--input 3"), {"--input and --kernel are needed"});
  expect_rejected(shape(layer + "4"), {"4"});
}

// Counted on an axis so long that its middle knows no border.
TEST(TconvArithmetic, OverlapIsWhatCountingFinds) {
  for (std::int64_t kernel = 1; kernel <= 7; ++kernel)
    for (std::int64_t stride = 1; stride <= 5; ++stride)
      for (std::int64_t dilation = 1; dilation <= 4; ++dilation) {
        const std::int64_t input = 40, padding = 3,
                           output = (input - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1;
        const apps::Axis axis{input, kernel, stride, padding, 0, dilation};
        ASSERT_EQ(axis.output(), output);
        const auto counts = apps::hits(axis), overlap = apps::overlap(axis);
        for (std::int64_t o = output / 2 - 8; o < output / 2 + 8; ++o)
          ASSERT_EQ(counts[static_cast<std::size_t>(o)], overlap[static_cast<std::size_t>((o + padding) % stride)])
              << "k" << kernel << " s" << stride << " d" << dilation << " pixel " << o;
        if (dilation == 1) {
          EXPECT_EQ(std::set(overlap.begin(), overlap.end()).size() == 1, kernel % stride == 0);
        }
      }
}

// The same numbers from the op: with all ones each output value is the number of its contributions.
TEST(TconvArithmetic, HitsAreAConvolutionOfOnes) {
  const ConvTranspose2dOptions options{
      .stride = {3, 2}, .padding = {1, 2}, .output_padding = {2, 0}, .dilation = {2, 1}};
  const Tensor y = conv_transpose2d(Tensor::ones({1, 4, 5}), Tensor::ones({1, 1, 3, 4}), {}, options);
  const auto rows = apps::hits({4, 3, 3, 1, 2, 2}), columns = apps::hits({5, 4, 2, 2, 0, 1});
  std::vector<float> expected;
  for (const std::int64_t row : rows)
    for (const std::int64_t column : columns) expected.push_back(static_cast<float>(row * column));
  EXPECT_EQ(y.values<float>(), expected);
}

}  // namespace
}  // namespace wisp::testing
