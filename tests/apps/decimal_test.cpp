// Numbers on the command line are decimal, in every option of every program.
#include <apps/common/decimal.h>

#include <limits>
#include <regex>

#include <gmock/gmock.h>

#include <apps/dcgan/members.h>
#include <tests/apps/program.h>
#include <tests/apps/tiny_checkpoint.h>

namespace wisp::testing {
namespace {

using namespace apps;
using ::testing::HasSubstr;

TEST(Decimal, WholeNumbers) {
  EXPECT_EQ(decimal<std::int64_t>("010"), 10);
  EXPECT_EQ(decimal<std::int64_t>("08"), 8);
  EXPECT_EQ(decimal<std::int64_t>("-007"), -7);
  EXPECT_EQ(decimal<std::int64_t>("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(decimal<std::int64_t>("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(decimal<std::uint64_t>("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  for (const char* text : {"", "0x10", "1e3", "+5", " 5", "5 ", "5abc", "abc", "5.0", "0b1", "1_000", "1'000", "--5",
                           "9223372036854775808", "-9223372036854775809", "nan", "inf", "-"})
    EXPECT_FALSE(decimal<std::int64_t>(text)) << text;
  for (const char* text : {"-1", "18446744073709551616", "", "+1"}) EXPECT_FALSE(decimal<std::uint64_t>(text)) << text;
}

TEST(Decimal, RealNumbers) {
  EXPECT_EQ(decimal<double>("010.5"), 10.5);
  EXPECT_EQ(decimal<double>("08"), 8.0);
  EXPECT_EQ(decimal<double>("1e-3"), 1e-3);
  EXPECT_EQ(decimal<double>("-.5"), -0.5);
  for (const char* text : {"", "0x10", "0x1p3", "+5", " 5", "5 ", "5abc", "1e", "nan", "-nan", "inf", "infinity",
                           "1e999", "1,5", "1_0", "."})
    EXPECT_FALSE(decimal<double>(text)) << text;
}

TEST(Decimal, CheckpointIntervals) {
  const auto interval = [](const std::string& text) {
    CheckpointInterval value;
    read_text("checkpoint_every", text, value);
    return value;
  };
  EXPECT_EQ(interval("010").steps, 10);
  EXPECT_EQ(interval("08m").minutes, 8);
  EXPECT_EQ(interval("0.5m").minutes, 0.5);
  for (const char* text : {"epoch", "10", "8m", "0.5m"}) EXPECT_EQ(text_of(interval(text)), text);
  for (const char* text : {"", "m", "1e3", "0x10", "+5", " 5", "+5m", " 5m", "5 m", "5mm", "0", "0m", "-5", "2.5",
                           "infm", "nanm", "1000000001", "1e10m", "18446744073709551617"})
    EXPECT_THROW(interval(text), Error) << text;
}

// CLI11 reads a leading 0 as octal, takes signs, blanks and 0x, and cuts off what is too large, by version.
TEST(Decimal, TheSameImagesAsWithoutZeros) {
  const TemporaryFolder folder;
  const std::string checkpoint = folder / "checkpoint.safetensors";
  write_tiny_checkpoint(checkpoint, {5, 2, 28, 1});
  const auto drawn = [&](const std::string& options) {
    const Outcome outcome =
        run(folder, "dcgan sample --checkpoint " + checkpoint + " --idx " + (folder / "out") + " " + options);
    EXPECT_EQ(outcome.exit_code, 0) << options << ": " << outcome.err;
    return read_bytes(folder / "out");
  };
  EXPECT_EQ(drawn("--seed 010 --count 03"), drawn("--seed 10 --count 3"));
  EXPECT_NE(drawn("--seed 010 --count 03"), drawn("--seed 8 --count 3"));
  EXPECT_EQ(drawn("--seed=08 --count 1"), drawn("--seed 8 --count 1"));
  EXPECT_THAT(run(folder, "bench gemm --size 064 --threads 01 --seconds 00.001 --json").out, HasSubstr("\"size\":64"));
}

// The options of each command, as its --help lists them, with what their numbers must be.
TEST(Decimal, EveryOptionOfEveryCommand) {
  const TemporaryFolder folder;
  const std::regex option(R"(\n  (?:-\w,)?(--[\w-]+) (INT|UINT|FLOAT))");
  const std::vector<std::string> none{"0x10", "+5", "' 5'", "''", "5abc"};
  std::size_t found = 0;
  for (const char* command : {"dcgan train", "dcgan sample", "dcgan interpolate", "dcgan features", "dcgan evaluate",
                              "dcgan serve", "mnist train", "tconv explain", "tconv upsample", "tconv autoencode",
                              "bench gemm", "bench layers", "bench step", "bench sample", "bench startup"}) {
    const std::string help = run(folder, std::string(command) + " --help").out;
    for (std::sregex_iterator at(help.begin(), help.end(), option), end; at != end; ++at, ++found) {
      const bool real = (*at)[2] == "FLOAT";
      std::vector<std::string> texts{none[found % none.size()]};
      if (found % 4 == 0) texts.push_back(real ? "nan" : "1e3");
      if (found % 4 == 1) texts.push_back(real ? "1e999" : "18446744073709551616");
      for (const std::string& text : texts)
        expect_rejected(run(folder, fmt::format("{} {} {}", command, (*at)[1].str(), text)),
                        {(*at)[1], real ? "must be a finite number" : "must be a whole number",
                         text.front() == '\'' ? text.substr(1, text.size() - 2) : text});
    }
  }
  EXPECT_GE(found, 60u) << "of the options";
}

TEST(Decimal, HelpShowsTypesAndDefaults) {
  const TemporaryFolder folder;
  const std::string help = run(folder, "dcgan sample --help").out;
  EXPECT_TRUE(std::regex_search(help, std::regex(R"(--seed INT(:\S+)?( \[1\]|=1))"))) << help;
  EXPECT_TRUE(std::regex_search(help, std::regex(R"(--count INT(:\S+)?( \[64\]|=64))"))) << help;
}

}  // namespace
}  // namespace wisp::testing
